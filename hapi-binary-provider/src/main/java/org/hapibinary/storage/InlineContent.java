/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** Content that is in memory already, with the resource that holds it. */
final class InlineContent implements StoredContent {

    private final byte[] content;

    InlineContent(byte[] content) {
        this.content = content;
    }

    @Override
    public long size() {
        return content.length;
    }

    @Override
    public ReadableByteChannel read(long offset, long length) {
        return new Part(ByteBuffer.wrap(content, (int) offset, (int) length));
    }

    @Override
    public void close() {
        // nothing is held
    }

    private static final class Part implements ReadableByteChannel {

        private final ByteBuffer left;

        Part(ByteBuffer left) {
            this.left = left;
        }

        @Override
        public int read(ByteBuffer buffer) {
            int count = Math.min(left.remaining(), buffer.remaining());
            if (count == 0 && !left.hasRemaining()) {
                return -1;
            }
            buffer.put(left.slice(left.position(), count));
            left.position(left.position() + count);
            return count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {
            // nothing is held
        }
    }
}
