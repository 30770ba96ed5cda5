/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.legacy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.catalog.NewFile;
import org.hapibinary.export.NdjsonFiles;
import org.hapibinary.jpaserver.chunk.RunningChunk;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Writes export files while HAPI's transaction is open: announces each in a transaction of its own, stores and
 * publishes it, and discards it if HAPI's does not commit. After a crash at any point, the sweep erases the content by
 * the file's row.
 */
final class ExportFileWriter {

    private final ExportWork work;
    private final NdjsonFiles files;

    ExportFileWriter(ExportWork work, NdjsonFiles files) {
        this.work = work;
        this.files = files;
    }

    /**
     * Writes a data file, within the transaction in which HAPI stores its Binary.
     *
     * @param chunk the chunk that produces it, with the attachments of its resources
     * @param binaryId without the resource type
     * @param resourceType of the resources in it
     * @param content NDJSON, each line ended by a line feed
     * @throws IOException if the content cannot be stored; the caller must roll back the transaction then
     */
    void write(RunningChunk chunk, String binaryId, String resourceType, byte[] content) throws IOException {
        NewFile file =
                files.newFile(binaryId, ExportFile.Kind.DATA, resourceType).withEngineBinary();
        work.announce(chunk.attempt(), file);
        TransactionSynchronizationManager.registerSynchronization(new TakeBack(file));
        NewFile.Written written = files.store(file, new ByteArrayInputStream(content));
        work.publish(chunk.attempt(), written, chunk.takeAttachments(resourceType), chunk.takeIssues());
    }

    /** Discards a file whose transaction was rolled back. */
    private final class TakeBack implements TransactionSynchronization {

        private final NewFile file;

        TakeBack(NewFile file) {
            this.file = file;
        }

        @Override
        public void afterCompletion(int status) {
            if (status == STATUS_ROLLED_BACK) {
                files.takeBack(file, work);
            }
        }
    }
}
