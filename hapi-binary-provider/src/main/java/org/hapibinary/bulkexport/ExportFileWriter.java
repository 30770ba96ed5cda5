/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.bulkexport;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.hapibinary.catalog.ChunkAttempt;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.FileKind;
import org.hapibinary.catalog.NewFile;
import org.hapibinary.catalog.StoredRepresentation;
import org.hapibinary.catalog.WrittenFile;
import org.hapibinary.storage.ContentStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Makes export files: announced first, then stored, then published in HAPI's transaction and taken back if that does not
 * commit. A crash between any two of these leaves a row from which the sweep erases what was stored.
 */
public final class ExportFileWriter {

    private static final Logger log = LoggerFactory.getLogger(ExportFileWriter.class);
    private static final String NDJSON = "application/fhir+ndjson";

    private final ExportCatalog catalog;
    private final ContentStore store;

    /**
     * @param catalog takes the row
     * @param store takes the content
     */
    public ExportFileWriter(ExportCatalog catalog, ContentStore store) {
        this.catalog = catalog;
        this.store = store;
    }

    /**
     * Writes a data file, within the transaction in which its Binary is stored.
     *
     * @param binaryId without the resource type
     * @param resourceType of the resources in it
     * @param content NDJSON, each line ended by a line feed
     * @throws IOException if the content cannot be stored; the transaction has to be rolled back then
     */
    public void write(ChunkAttempt attempt, String binaryId, String resourceType, byte[] content) throws IOException {
        NewFile file =
                new NewFile(binaryId, FileKind.DATA, resourceType, NDJSON, store.newContentId(), store.newContentId());
        catalog.announce(attempt, file);
        TransactionSynchronizationManager.registerSynchronization(new TakeBack(file));
        ContentStore.Stored identity =
                store.store(binaryId, file.contentId(), NDJSON, new ByteArrayInputStream(content));
        ContentStore.Stored gzip = store.storeInGzip(binaryId, file.gzipContentId(), new ByteArrayInputStream(content));
        catalog.publish(
                attempt,
                new WrittenFile(
                        binaryId,
                        new StoredRepresentation(file.contentId(), identity.size(), identity.sha256()),
                        new StoredRepresentation(file.gzipContentId(), gzip.size(), gzip.sha256()),
                        lines(content)));
    }

    private static long lines(byte[] content) {
        long lines = 0;
        for (byte b : content) {
            if (b == '\n') {
                lines++;
            }
        }
        return lines;
    }

    /** Erases the content of a file whose transaction was rolled back. What fails here is left to the sweep. */
    private final class TakeBack implements TransactionSynchronization {

        private final NewFile file;

        TakeBack(NewFile file) {
            this.file = file;
        }

        @Override
        public void afterCompletion(int status) {
            if (status != STATUS_ROLLED_BACK) {
                return;
            }
            try {
                catalog.discard(file.binaryId());
                store.erase(file.binaryId(), file.contentId());
                store.erase(file.binaryId(), file.gzipContentId());
            } catch (RuntimeException e) {
                log.warn("Binary/{} was not stored; its content is left to the sweep", file.binaryId(), e);
            }
        }
    }
}
