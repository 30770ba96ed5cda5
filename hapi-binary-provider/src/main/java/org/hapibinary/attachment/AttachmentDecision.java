/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment;

import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.NewAttachment;

/** The decision about a reference to a Binary in an exported resource. */
sealed interface AttachmentDecision {

    /**
     * The export includes the Binary.
     *
     * @param attachment the attachment
     */
    record Held(NewAttachment attachment) implements AttachmentDecision {}

    /**
     * The export does not include the Binary.
     *
     * @param reason a code of {@code http://hl7.org/fhir/StructureDefinition/data-absent-reason}
     * @param issue for the error file
     */
    record Absent(String reason, ExportIssue issue) implements AttachmentDecision {

        static final String UNKNOWN = "unknown";
        static final String NOT_PERMITTED = "not-permitted";
    }
}
