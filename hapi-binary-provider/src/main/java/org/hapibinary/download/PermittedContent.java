/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import java.io.IOException;
import org.hapibinary.authorization.DownloadPermits;
import org.hapibinary.storage.ForwardingContent;
import org.hapibinary.storage.StoredContent;

/** A content that holds a download's permit until it is closed. */
final class PermittedContent extends ForwardingContent {

    private final DownloadPermits.Permit permit;

    PermittedContent(StoredContent content, DownloadPermits.Permit permit) {
        super(content);
        this.permit = permit;
    }

    @Override
    public void close() throws IOException {
        try (permit) {
            super.close();
        }
    }
}
