/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import ca.uhn.fhir.rest.server.servlet.ServletRequestDetails;
import java.time.Instant;
import java.util.UUID;
import org.hapibinary.authorization.AuditedRequest;
import org.hapibinary.catalog.DownloadableFile;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.observability.audit.AuditAction;
import org.hapibinary.observability.audit.AuditEntry;

/** What the audit trail is told of a download. */
final class AuditedDownload {

    private AuditedDownload() {}

    /** A download of which no end is known. */
    static AuditEntry interrupted(
            DownloadableFile file, Representation representation, ServletRequestDetails request, Instant begun) {
        return new AuditEntry(
                UUID.randomUUID(),
                AuditAction.DOWNLOAD,
                begun,
                begun,
                AuditEntry.Outcome.SERIOUS_FAILURE,
                "The server died while it sent the file; how much of it was sent is not known.",
                AuditedRequest.who(request),
                AuditedRequest.request(request),
                AuditEntry.Subject.of(file.export()),
                new AuditEntry.SentFile(
                        file.binaryId(),
                        file.fileName(),
                        file instanceof ExportFile exported ? exported.resourceType() : "Binary",
                        representation.stored().size(),
                        -1));
    }
}
