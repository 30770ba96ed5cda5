/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.hash.Hashing;
import com.google.common.hash.HashingInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;

/**
 * Content that follows from the positions of its bytes, so that any part of it can be checked and none has to be kept.
 *
 * @param seed what tells it from other content
 * @param size in bytes
 */
public record GeneratedContent(long seed, long size) {

    private static final int BUFFER_BYTES = 64 * 1024;

    /** All of it. */
    public InputStream stream() {
        return new Stream();
    }

    /** A part of it. */
    public byte[] part(long offset, int length) {
        byte[] part = new byte[length];
        fill(part, 0, length, offset);
        return part;
    }

    /** Its hash, in lower-case hexadecimal. */
    public String sha256() throws IOException {
        try (HashingInputStream hashed = new HashingInputStream(Hashing.sha256(), stream())) {
            hashed.transferTo(OutputStream.nullOutputStream());
            return hashed.hash().toString();
        }
    }

    /** Reads a channel to its end and checks that this is the part of the content. */
    public void assertPart(ReadableByteChannel channel, long offset, long length) throws IOException {
        assertThat(readPart(channel, offset)).isEqualTo(length);
    }

    /**
     * Reads a channel to its end and checks that it has what begins at the offset.
     *
     * @return how much there was
     */
    public long readPart(ReadableByteChannel channel, long offset) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        byte[] expected = new byte[BUFFER_BYTES];
        long total = 0;
        while (channel.read(buffer.clear()) >= 0) {
            int read = buffer.position();
            fill(expected, 0, read, offset + total);
            if (!Arrays.equals(buffer.array(), 0, read, expected, 0, read)) {
                throw new AssertionError("Other bytes than were stored, between " + (offset + total) + " and "
                        + (offset + total + read));
            }
            total += read;
        }
        return total;
    }

    private void fill(byte[] bytes, int offset, int length, long position) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length).order(ByteOrder.LITTLE_ENDIAN);
        long at = position;
        while (buffer.hasRemaining()) {
            if ((at & 7) == 0 && buffer.remaining() >= Long.BYTES) {
                buffer.putLong(word(at));
                at += Long.BYTES;
            } else {
                buffer.put((byte) (word(at) >>> (8 * (at & 7))));
                at++;
            }
        }
    }

    /** The eight bytes around a position: noise that does not compress. */
    private long word(long position) {
        long word = (seed + (position >>> 3) + 1) * 0x9E3779B97F4A7C15L;
        word = (word ^ (word >>> 32)) * 0xD6E8FEB86659FD93L;
        return word ^ (word >>> 32);
    }

    private final class Stream extends InputStream {

        private long position;

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            if (position == size) {
                return -1;
            }
            int count = (int) Math.min(length, size - position);
            fill(bytes, offset, count, position);
            position += count;
            return count;
        }
    }
}
