/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import java.time.Instant;
import org.hapibinary.catalog.Attachment;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.problem.Problem;
import org.jspecify.annotations.Nullable;

/** Decides who may download a Binary of the patients' record as an attachment of an export. */
final class AttachmentAccess {

    /**
     * How many of the caller's own files that refer to a Binary are examined at most. If none of them grants access,
     * the request is refused.
     */
    private static final int MOST_FILES = 100;

    private final ExportCatalog catalog;
    private final ExportAccess access;

    AttachmentAccess(ExportCatalog catalog, ExportAccess access) {
        this.catalog = catalog;
        this.access = access;
    }

    /** Whether any export refers to a Binary. */
    boolean isAttachment(String binaryId) {
        return catalog.isAttachment(binaryId);
    }

    /**
     * Returns the Binary as an attachment of the first export that grants access to it.
     *
     * @throws Problem if none does: the refusal of the first; 404 if no export of the caller refers to the Binary
     */
    Attachment require(ExportAccess.Asker asker, String binaryId, Instant now) {
        Caller caller = asker.caller();
        Problem refusal = null;
        for (Attachment attachment :
                catalog.findAttachments(binaryId, caller.issuer(), caller.clientId(), caller.user(), MOST_FILES)) {
            Problem problem = access.refusalOf(asker, attachment, now);
            if (problem == null) {
                return attachment;
            }
            refusal = firstOf(refusal, problem);
        }
        throw firstOf(refusal, ExportAccess.noSuchFile());
    }

    private static Problem firstOf(@Nullable Problem first, Problem other) {
        return first == null ? other : first;
    }
}
