/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/** Content opened for reading, by one thread at a time. */
public interface StoredContent extends Closeable {

    /** Its length in bytes, by the store. */
    long size();

    /** Whether the cost of reading a part does not depend on where it begins. */
    default boolean isRandomAccess() {
        return true;
    }

    /**
     * Opens a part for reading. A store holds a scarce resource, such as a database connection, only during each read
     * of the channel and not from its opening to its closing, because the reader may be slow.
     *
     * @param offset of the part's first byte, at least 0
     * @param length of the part in bytes, at least 0; {@code offset + length} is at most {@link #size}
     * @return a channel that blocks until it has bytes. It ends after {@code length} bytes, earlier only if bytes are
     *     missing. The caller closes it, even if it has not read it to its end
     * @throws IOException if the store cannot be read
     */
    ReadableByteChannel read(long offset, long length) throws IOException;

    /** Whether it was cut off: each further read fails. Any thread may ask. */
    default boolean isCutOff() {
        return false;
    }

    /** Whether it is a file, so that {@link #transfer} can be used. */
    default boolean isFile() {
        return false;
    }

    /**
     * Has the operating system copy some bytes to a socket, without the memory of this process between.
     *
     * @param offset of the first byte
     * @param length how many bytes at most, at least 1; {@code offset + length} is at most {@link #size}
     * @return how many bytes the socket has taken; 0 if it takes none now
     * @throws MissingContentException if the content ends before the first byte
     * @throws IOException if the store or the socket fails
     */
    default long transfer(long offset, long length, WritableByteChannel socket) throws IOException {
        throw new UnsupportedOperationException("Not a file");
    }

    /** A part of a content, read by position. */
    abstract class Range implements ReadableByteChannel {

        private final long end;
        private long position;
        private boolean open = true;

        /**
         * @param offset the position of its first byte in the content
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
         * @param most how many bytes at most, at least 1
         * @return how many bytes were read; -1 if the content ends before the part does
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

        /** The position after the part's last byte in the content. */
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

    /** Thrown by reads of a content that was cut off, because its export is over or its client on hold. */
    final class CutOffException extends IOException {

        /** What clients and operators are told. */
        public static final String WHY = "its export is over, or its client is on hold";

        private static final long serialVersionUID = 1L;

        CutOffException() {
            super(WHY);
        }
    }
}
