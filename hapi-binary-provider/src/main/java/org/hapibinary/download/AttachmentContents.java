/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import java.io.IOException;
import java.util.Collection;
import java.util.function.UnaryOperator;
import org.hapibinary.catalog.Attachment;
import org.hapibinary.catalog.DownloadableFile;
import org.hapibinary.storage.MissingContentException;
import org.hapibinary.storage.StoredContent;

/** The content of attachments. */
public interface AttachmentContents {

    /** For a server whose exports have no attachments. */
    AttachmentContents NONE = new AttachmentContents() {

        @Override
        public DownloadableFile describe(Attachment attachment) {
            throw new IllegalStateException("This server has no attachments");
        }

        @Override
        public StoredContent open(DownloadableFile file, long size) {
            throw new IllegalStateException("This server has no attachments");
        }

        @Override
        public void cutOff(UnaryOperator<Collection<String>> overdue) {
            // nothing is open
        }
    };

    /**
     * Describes an attachment, in the version that was exported.
     *
     * @throws org.hapibinary.problem.Problem 404 if it was removed from the record
     * @throws MissingContentException if the record has it, but not its content
     * @throws IOException if the storage of the record cannot be read
     */
    DownloadableFile describe(Attachment attachment) throws IOException;

    /**
     * Opens the content of an attachment.
     *
     * @param file from {@link #describe}
     * @param size the expected length in bytes
     * @throws MissingContentException if it does not exist, or has another length
     * @throws IOException if the storage of the record cannot be read
     */
    StoredContent open(DownloadableFile file, long size) throws IOException;

    /**
     * Cuts off open attachments whose exports ended too long ago.
     *
     * @param overdue selects these exports, by id, among those whose attachments are open
     */
    void cutOff(UnaryOperator<Collection<String>> overdue);
}
