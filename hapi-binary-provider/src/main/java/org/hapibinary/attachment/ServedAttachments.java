/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment;

import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import java.io.IOException;
import java.util.Collection;
import java.util.function.UnaryOperator;
import org.hapibinary.attachment.record.RecordBinaries;
import org.hapibinary.attachment.record.RecordPartition;
import org.hapibinary.catalog.Attachment;
import org.hapibinary.catalog.DownloadableFile;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.download.AttachmentContents;
import org.hapibinary.problem.Problem;
import org.hapibinary.storage.StoredContent;

/** Serves attachments from the patients' record. */
public final class ServedAttachments implements AttachmentContents {

    private final RecordBinaries record;
    private final ExportCatalog catalog;
    private final AttachmentNames names = new AttachmentNames();

    /**
     * @param record the Binaries of the record
     * @param catalog stores the description of their content
     */
    public ServedAttachments(RecordBinaries record, ExportCatalog catalog) {
        this.record = record;
        this.catalog = catalog;
    }

    @Override
    public DownloadableFile describe(Attachment attachment) throws IOException {
        Attachment.Content content = attachment.content().orElse(null);
        if (content == null) {
            RecordBinaries.Document read = record.describe(
                            attachment.binaryId(), attachment.versionId(), partitionOf(attachment))
                    .orElseThrow(ServedAttachments::removed);
            content = new Attachment.Content(read.contentType(), read.lastUpdated(), read.size(), read.sha256());
            catalog.describe(attachment, content);
        } else if (!record.isThere(attachment.binaryId(), attachment.versionId(), partitionOf(attachment))) {
            throw removed();
        }
        String name = names.nameOf(attachment.binaryId(), attachment.title().orElse(null), content.contentType());
        return new Document(attachment, content, name);
    }

    @Override
    public StoredContent open(DownloadableFile file, long size) throws IOException {
        Attachment attachment = ((Document) file).attachment();
        return record.open(
                attachment.binaryId(),
                attachment.versionId(),
                partitionOf(attachment),
                attachment.export().id(),
                size);
    }

    @Override
    public void cutOff(UnaryOperator<Collection<String>> overdue) {
        record.cutOff(overdue.apply(record.exportsInUse()));
    }

    private static RequestPartitionId partitionOf(Attachment attachment) {
        return RecordPartition.parse(
                attachment.export().kickOff().recordPartition().orElse(null));
    }

    private static Problem removed() {
        return Problem.notFound("This document has been removed from the patient's record.");
    }
}
