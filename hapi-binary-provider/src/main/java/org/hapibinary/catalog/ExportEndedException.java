/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

/** The export for which something was to be written has ended: completed elsewhere, failed, or was deleted. */
public final class ExportEndedException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    /** @param exportId the export that has ended */
    public ExportEndedException(String exportId) {
        super("The export " + exportId + " has ended");
    }
}
