/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import java.io.IOException;
import java.time.Clock;
import java.util.Collection;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.hapibinary.catalog.Attachment;
import org.hapibinary.catalog.DownloadableFile;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.problem.Problem;
import org.hapibinary.storage.ContentStore;
import org.hapibinary.storage.StoredContent;

/** Opens the content of files: that of exports from the store, that of attachments from the record. */
final class FileContents {

    private final ContentStore store;
    private final AttachmentContents attachments;
    private final ExportCatalog catalog;
    private final Clock clock;

    /**
     * @param store the content of exports
     * @param attachments the content of attachments
     * @param catalog tells whether missing content was erased rightly
     * @param clock measures expiry
     */
    FileContents(ContentStore store, AttachmentContents attachments, ExportCatalog catalog, Clock clock) {
        this.store = store;
        this.attachments = attachments;
        this.catalog = catalog;
        this.clock = clock;
    }

    /** Describes a file; an attachment as {@link AttachmentContents#describe} says. */
    DownloadableFile describe(Export.Part part) throws IOException {
        return part instanceof DownloadableFile file ? file : attachments.describe((Attachment) part);
    }

    /** Opens content that is read at once: with some stores it is the first read that tells whether it exists. */
    StoredContent open(DownloadableFile file, DownloadableFile.StoredBytes stored) throws IOException {
        return file instanceof ExportFile
                ? store.openToRead(file.binaryId(), stored.contentId(), stored.size())
                : attachments.open(file, stored.size());
    }

    /** Opens content of an export that may not be read: the store tells that it exists. */
    StoredContent prove(ExportFile file, DownloadableFile.StoredBytes stored) throws IOException {
        return store.open(file.binaryId(), stored.contentId(), stored.size());
    }

    void cutOffAttachments(UnaryOperator<Collection<String>> overdue) {
        attachments.cutOff(overdue);
    }

    /** The reason why the content of a file may be gone, such as its expiry meanwhile; empty if it should exist. */
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
