/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;

/** Content opened for reading, by one thread at a time. */
public interface StoredContent extends Closeable {

    /** Its length in bytes, as the store knows it. */
    long size();

    /** Whether a part costs no more than its own length, wherever it begins. */
    default boolean isRandomAccess() {
        return true;
    }

    /**
     * Opens a part for reading. A store takes what it needs of a scarce resource, such as a database connection, for
     * each reading of the channel and not from its opening to its closing: the reader may be slow.
     *
     * @param offset of the part's first byte, at least 0
     * @param length of the part, at least 0; {@code offset + length} is at most {@link #size}
     * @return blocks until there is something to read; ends after {@code length} bytes, earlier only if bytes are
     *     missing. The caller closes it, whether or not it has been read to its end
     * @throws IOException if the store cannot be read
     */
    ReadableByteChannel read(long offset, long length) throws IOException;

    /** A part of a content, read by position. */
    abstract class Range implements ReadableByteChannel {

        private final long end;
        private long position;
        private boolean open = true;

        /**
         * @param offset of its first byte in the content
         * @param length in bytes
         */
        protected Range(long offset, long length) {
            this.position = offset;
            this.end = offset + length;
        }

        /**
         * Reads some bytes into a buffer that has room for them.
         *
         * @param from their position in the content
         * @param most how many, 1 or more
         * @return how many; -1 if the content ends here, before the part does
         * @throws IOException if they cannot be read
         */
        protected abstract int readAt(long from, ByteBuffer buffer, int most) throws IOException;

        @Override
        public final int read(ByteBuffer buffer) throws IOException {
            if (!open) {
                throw new ClosedChannelException();
            }
            if (position == end) {
                return -1;
            }
            if (!buffer.hasRemaining()) {
                return 0;
            }
            int read = readAt(position, buffer, (int) Math.min(buffer.remaining(), end - position));
            position += Math.max(read, 0);
            return read;
        }

        /** The position in the content behind the part's last byte. */
        protected final long end() {
            return end;
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public void close() throws IOException {
            open = false;
        }
    }

    /** A content must not be read any further, because its export is over. */
    final class CutOffException extends IOException {

        private static final long serialVersionUID = 1L;

        CutOffException(String message) {
            super(message);
        }
    }
}
