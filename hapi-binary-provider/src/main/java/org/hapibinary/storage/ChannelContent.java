/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;

/** Content behind a channel. */
final class ChannelContent implements StoredContent {

    private static final int BUFFER_BYTES = 64 * 1024;

    private final SeekableByteChannel channel;
    private final long size;

    ChannelContent(SeekableByteChannel channel, long size) {
        this.channel = channel;
        this.size = size;
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(BUFFER_BYTES, Math.max(size, 1)));
        for (long left = size; left > 0; ) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), left));
            int read = read(buffer);
            if (read < 0) {
                throw new ContentReadException(left + " bytes of the content are missing at its end", null);
            }
            out.write(buffer.array(), 0, read);
            left -= read;
        }
    }

    private int read(ByteBuffer buffer) throws ContentReadException {
        try {
            return channel.read(buffer);
        } catch (IOException e) {
            throw new ContentReadException("The content cannot be read", e);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
