/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.hapibinary.catalog.Attachment;
import org.hapibinary.catalog.DownloadableFile;
import org.hapibinary.catalog.Export;

/** An attachment and the description of its Binary's content. */
record Document(Attachment attachment, Attachment.Content content, String fileName) implements DownloadableFile {

    @Override
    public String binaryId() {
        return attachment.binaryId();
    }

    @Override
    public Export export() {
        return attachment.export();
    }

    @Override
    public String versionId() {
        return attachment.versionId();
    }

    @Override
    public String contentType() {
        return content.contentType();
    }

    @Override
    public DownloadableFile.StoredBytes identity() {
        return new DownloadableFile.StoredBytes("", content.size(), content.sha256());
    }

    @Override
    public Optional<DownloadableFile.StoredBytes> gzip() {
        return Optional.empty();
    }

    @Override
    public boolean isDamaged() {
        return false;
    }

    @Override
    public Instant lastModified() {
        return content.lastModified().truncatedTo(ChronoUnit.SECONDS);
    }
}
