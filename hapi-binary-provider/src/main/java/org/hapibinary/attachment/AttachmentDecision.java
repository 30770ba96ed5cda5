/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment;

import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.NewAttachment;

/** What becomes of a reference to a Binary in an exported resource. */
sealed interface AttachmentDecision {

    /**
     * The export has the Binary.
     *
     * @param attachment as the export has it
     */
    record Held(NewAttachment attachment) implements AttachmentDecision {}

    /**
     * The export does not have it.
     *
     * @param reason a code of {@code http://hl7.org/fhir/StructureDefinition/data-absent-reason}
     * @param issue for the error file
     */
    record Absent(String reason, ExportIssue issue) implements AttachmentDecision {

        static final String UNKNOWN = "unknown";
        static final String NOT_PERMITTED = "not-permitted";
    }
}
