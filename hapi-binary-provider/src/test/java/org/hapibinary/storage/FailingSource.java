/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import java.io.IOException;
import java.io.InputStream;

/** A source of content that fails after so many bytes. */
public final class FailingSource extends InputStream {

    private final InputStream content;
    private long left;

    public FailingSource(long failsAfter) {
        this.content = new GeneratedContent(8, failsAfter).stream();
        this.left = failsAfter;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (left == 0) {
            throw new IOException("the source has failed");
        }
        int read = content.read(bytes, offset, length);
        left -= read;
        return read;
    }
}
