/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import java.io.IOException;
import java.time.Clock;
import java.util.Collection;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.hapibinary.attachment.record.RecordBinaries;
import org.hapibinary.attachment.record.RecordDocument;
import org.hapibinary.attachment.record.RecordPartition;
import org.hapibinary.catalog.Attachment;
import org.hapibinary.catalog.DownloadableFile;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.problem.Problem;
import org.hapibinary.storage.ContentStore;
import org.hapibinary.storage.MissingContentException;
import org.hapibinary.storage.StoredContent;
import org.jspecify.annotations.Nullable;

/** Where the content of files is: that of exports in the store, that of attachments in the patients' record. */
public final class FileContents {

    private final ContentStore store;
    private final @Nullable RecordBinaries record;
    private final ExportCatalog catalog;
    private final Clock clock;
    private final AttachmentNames names = new AttachmentNames();

    /**
     * @param store has the content of exports
     * @param record has the content of attachments; null on a server that makes none
     * @param catalog says whether content may be gone
     * @param clock what expiry is measured by
     */
    public FileContents(ContentStore store, @Nullable RecordBinaries record, ExportCatalog catalog, Clock clock) {
        this.store = store;
        this.record = record;
        this.catalog = catalog;
        this.clock = clock;
    }

    /**
     * What there is to send of a file. An attachment is looked up in the record, in the version that was exported.
     *
     * @throws Problem 404 if it has been removed from the record
     * @throws MissingContentException if the record has it without content
     * @throws IOException if the record's storage cannot be read
     */
    DownloadableFile describe(Export.Part part) throws IOException {
        if (part instanceof DownloadableFile file) {
            return file;
        }
        Attachment attachment = (Attachment) part;
        Attachment.Content content = attachment.content().orElse(null);
        if (content == null) {
            RecordDocument read = record().describe(
                            attachment.binaryId(), attachment.versionId(), partitionOf(attachment))
                    .orElseThrow(FileContents::removed);
            content = new Attachment.Content(read.contentType(), read.lastUpdated(), read.size(), read.sha256());
            catalog.describe(attachment, content);
        } else if (!record().isThere(attachment.binaryId(), attachment.versionId(), partitionOf(attachment))) {
            throw removed();
        }
        String name = names.nameOf(attachment.binaryId(), attachment.title().orElse(null), content.contentType());
        return new Document(attachment, content, name);
    }

    private static RequestPartitionId partitionOf(Attachment attachment) {
        return RecordPartition.parse(
                attachment.export().kickOff().recordPartition().orElse(null));
    }

    StoredContent open(DownloadableFile file, DownloadableFile.StoredBytes stored) throws IOException {
        if (file instanceof Document document) {
            Attachment attachment = document.attachment();
            return record().open(
                            attachment.binaryId(),
                            attachment.versionId(),
                            partitionOf(attachment),
                            attachment.export().id(),
                            stored.size());
        }
        return store.open(file.binaryId(), stored.contentId(), stored.size());
    }

    /**
     * Has nothing more read of attachments whose exports are over for too long.
     *
     * @param overdue finds these exports among those of which attachments are being sent, by their ids
     */
    void cutOffAttachments(UnaryOperator<Collection<String>> overdue) {
        if (record != null) {
            record.cutOff(overdue.apply(record.exportsInUse()));
        }
    }

    private RecordBinaries record() {
        return Objects.requireNonNull(record, "A server that makes attachments has a record");
    }

    private static Problem removed() {
        return Problem.notFound("This document has been removed from the patient's record.");
    }

    /** Why the content of a file that was there a moment ago is rightly gone; nothing if it should be there. */
    Optional<Problem> whyGone(Export.Part file) {
        if (!(file instanceof ExportFile)) {
            return Optional.empty();
        }
        ExportFile now = catalog.findFile(file.binaryId()).orElse(null);
        if (now == null || now.export().state() != Export.State.COMPLETE) {
            return Optional.of(Problem.notFound("This file has just been deleted."));
        }
        if (now.export().isExpired(clock.instant())) {
            return Optional.of(Problem.expired("This file has expired; start a new export."));
        }
        return now.state() == ExportFile.State.AVAILABLE
                ? Optional.empty()
                : Optional.of(Problem.notFound("This file has just been deleted."));
    }
}
