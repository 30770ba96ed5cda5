/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.host;

/** The content in each store that belongs to no file: by it the catalog knows its store. */
public final class StoreMark {

    /** Its name contains it. */
    public static final String NAME = "hapi-binary-catalog";

    private StoreMark() {}
}
