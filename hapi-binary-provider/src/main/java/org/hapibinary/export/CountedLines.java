/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.export;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Counts the lines of a text while it is read, and adds a line feed at the end if it is missing. It passes bytes
 * through; Java's readers that count lines would decode the text.
 */
final class CountedLines extends FilterInputStream {

    private static final int LINE_FEED = '\n';

    private int last = LINE_FEED;
    private long lines;

    CountedLines(InputStream text) {
        super(text);
    }

    /** The number of lines read so far. */
    long lines() {
        return lines;
    }

    @Override
    public int read() throws IOException {
        byte[] single = new byte[1];
        return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        int count = super.read(bytes, offset, length);
        if (count < 0 && last != LINE_FEED) {
            bytes[offset] = LINE_FEED;
            count = 1;
        }
        for (int i = offset; i < offset + count; i++) {
            last = bytes[i];
            if (last == LINE_FEED) {
                lines++;
            }
        }
        return count;
    }

    @Override
    public long skip(long count) throws IOException {
        return readNBytes((int) Math.min(count, Integer.MAX_VALUE)).length;
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
