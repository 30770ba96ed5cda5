/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

/**
 * Why an export failed, for the developer of a client: it says what to do next and reveals no internals of the server.
 *
 * @param code of FHIR's issue types: {@code transient} if another try may help, else {@code exception} or {@code
 *     too-costly}
 * @param diagnostics a sentence or two; cut off after {@value #MAX_LENGTH} characters
 */
public record ExportFailure(String code, String diagnostics) {

    static final int MAX_LENGTH = 1_000;

    /** The cause is unknown. */
    public static final ExportFailure UNKNOWN = new ExportFailure(
            "exception",
            "The server could not complete the export; its log says why. Another try helps only if the cause has gone:"
                    + " ask the server's operator.");

    /** The server that ran it has stopped, and no other server could continue it. */
    public static final ExportFailure SERVER_STOPPED =
            new ExportFailure("transient", "The server that made the export has stopped. Start a new export.");

    /** The engine reported the job as complete, but has not run all its chunks. */
    public static final ExportFailure NOT_WHOLE = new ExportFailure(
            "transient", "A part of the export was not made, so there is nothing to download. Start a new export.");

    /** Removes control characters and cuts off diagnostics that are too long. */
    public ExportFailure {
        diagnostics = CatalogText.of(diagnostics, MAX_LENGTH);
    }
}
