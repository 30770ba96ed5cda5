/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import java.io.IOException;
import java.util.Collection;
import java.util.function.UnaryOperator;
import org.hapibinary.catalog.Attachment;
import org.hapibinary.catalog.DownloadableFile;
import org.hapibinary.storage.MissingContentException;
import org.hapibinary.storage.StoredContent;

/** Where the content of attachments is. */
public interface AttachmentContents {

    /** Of a server whose exports have no attachments. */
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
            // there is nothing to be read
        }
    };

    /**
     * What there is to send of an attachment, in the version that was exported.
     *
     * @throws org.hapibinary.problem.Problem 404 if it has been removed from the record
     * @throws MissingContentException if the record has it without content
     * @throws IOException if the storage of the record cannot be read
     */
    DownloadableFile describe(Attachment attachment) throws IOException;

    /**
     * Opens the content of an attachment that was described here.
     *
     * @param size the length it must have, in bytes
     * @throws MissingContentException if it is not there, or not of that length
     * @throws IOException if the storage of the record cannot be read
     */
    StoredContent open(DownloadableFile file, long size) throws IOException;

    /**
     * Ends the reading of attachments whose exports are over for too long.
     *
     * @param overdue finds these exports among those of which attachments are being sent, by their ids
     */
    void cutOff(UnaryOperator<Collection<String>> overdue);
}
