/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

/**
 * Why an export failed, in words for the developer of a client: without the server's inside, and with what helps.
 *
 * @param code of FHIR's issue types: {@code transient} if another try may help, else {@code exception} or {@code
 *     too-costly}
 * @param diagnostics a sentence or two; cut off after {@value #MAX_LENGTH} characters
 */
public record ExportFailure(String code, String diagnostics) {

    static final int MAX_LENGTH = 1_000;

    /** Nothing is known but that it failed. */
    public static final ExportFailure UNKNOWN = new ExportFailure(
            "exception",
            "The server could not complete the export; its log says why. Another try helps only if the cause has gone:"
                    + " ask the server's operator.");

    /** The server that ran it has stopped, and no other server could continue it. */
    public static final ExportFailure SERVER_STOPPED =
            new ExportFailure("transient", "The server that made the export has stopped. Start a new export.");

    /** The engine has called it done, and has not run all that it was given. */
    public static final ExportFailure NOT_WHOLE = new ExportFailure(
            "transient", "A part of the export was not made, so there is nothing to download. Start a new export.");

    /** Leaves out control characters and cuts off what is too long. */
    public ExportFailure {
        diagnostics = CatalogText.of(diagnostics, MAX_LENGTH);
    }
}
