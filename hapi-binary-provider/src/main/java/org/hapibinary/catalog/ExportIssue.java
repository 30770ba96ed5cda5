/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import java.util.Locale;
import java.util.Set;

/**
 * Something that an export could not include, or could not include as requested. It becomes an OperationOutcome in the
 * export's error file (Bulk Data IG, "Response - Complete Status", {@code error}).
 *
 * @param severity how bad it is
 * @param code of FHIR's issue types, such as {@code not-found}; one that each version of FHIR from 3.0 on has
 * @param diagnostics a sentence that names the resource and the reason; cut off after {@value #MAX_LENGTH} characters
 */
public record ExportIssue(Severity severity, String code, String diagnostics) {

    static final int MAX_LENGTH = 2_000;

    /** The value set "issue-type" of FHIR STU3; each later version contains these codes too. */
    private static final Set<String> CODES = Set.of(
            "invalid",
            "structure",
            "required",
            "value",
            "invariant",
            "security",
            "login",
            "unknown",
            "expired",
            "forbidden",
            "suppressed",
            "processing",
            "not-supported",
            "duplicate",
            "not-found",
            "too-long",
            "code-invalid",
            "extension",
            "too-costly",
            "business-rule",
            "conflict",
            "incomplete",
            "transient",
            "lock-error",
            "no-store",
            "exception",
            "timeout",
            "throttled",
            "informational");

    /** The severities of FHIR that do not end an export. */
    public enum Severity {
        /** Something is missing. */
        ERROR,
        /** Something is not as a client would expect. */
        WARNING,
        /** Good to know. */
        INFORMATION
    }

    /**
     * Removes control characters and cuts off diagnostics that are too long.
     *
     * @throws IllegalArgumentException if the code is not one of FHIR's: the error file could not be written with it
     */
    public ExportIssue {
        code = code.toLowerCase(Locale.ROOT);
        if (!isCode(code)) {
            throw new IllegalArgumentException("code must be one of FHIR's issue types: " + code);
        }
        diagnostics = CatalogText.of(diagnostics, MAX_LENGTH);
    }

    static boolean isCode(String code) {
        return CODES.contains(code);
    }

    /**
     * An issue and its number.
     *
     * @param number greater than that of every issue found before
     */
    public record Numbered(long number, ExportIssue issue) {}
}
