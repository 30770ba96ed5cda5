/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import org.hapibinary.authorization.DownloadPermits;
import org.hapibinary.storage.StoredContent;

/** A content that holds a download's permit until it is closed. */
final class PermittedContent implements StoredContent {

    private final StoredContent content;
    private final DownloadPermits.Permit permit;

    PermittedContent(StoredContent content, DownloadPermits.Permit permit) {
        this.content = content;
        this.permit = permit;
    }

    @Override
    public long size() {
        return content.size();
    }

    @Override
    public boolean isRandomAccess() {
        return content.isRandomAccess();
    }

    @Override
    public ReadableByteChannel read(long offset, long length) throws IOException {
        return content.read(offset, length);
    }

    @Override
    public void close() throws IOException {
        try (permit) {
            content.close();
        }
    }
}
