/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import org.hapibinary.catalog.Export;

/**
 * An export together with the proof that the request's caller is the one who started it. Made by {@link ExportGate}
 * only.
 */
public final class AuthorizedExport {

    private final Export export;

    AuthorizedExport(Export export) {
        this.export = export;
    }

    /** The export. */
    public Export export() {
        return export;
    }
}
