/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

/**
 * Something that an export could not include, or not as it was asked for. It becomes an OperationOutcome in the export's
 * error file (Bulk Data IG, "Response - Complete Status", {@code error}).
 *
 * @param severity how bad it is
 * @param code of FHIR's issue types, such as {@code not-found}
 * @param diagnostics a sentence that names the resource and the reason; cut off after {@value #MAX_LENGTH} characters
 */
public record ExportIssue(Severity severity, String code, String diagnostics) {

    static final int MAX_LENGTH = 2_000;

    /** The severities of FHIR that do not end an export. */
    public enum Severity {
        /** Something is missing. */
        ERROR,
        /** Something is other than one would expect. */
        WARNING,
        /** Good to know. */
        INFORMATION
    }

    /** Leaves out control characters and cuts off what is too long. */
    public ExportIssue {
        diagnostics = CatalogText.of(diagnostics, MAX_LENGTH);
    }
}
