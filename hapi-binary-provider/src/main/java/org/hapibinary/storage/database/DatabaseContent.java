/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.database;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayDeque;
import java.util.Queue;
import org.hapibinary.storage.StoredContent;

/** Content in chunks of the database. Between the queries, each for a few chunks, it holds no connection. */
final class DatabaseContent implements StoredContent {

    /** What a query reads at most: enough for the database to send some while the rest is being read. */
    private static final int MOST_CHUNKS = 4;

    private final ContentRows rows;
    private final ContentRow row;

    DatabaseContent(ContentRows rows, ContentRow row) {
        this.rows = rows;
        this.row = row;
    }

    @Override
    public long size() {
        return row.size();
    }

    @Override
    public ReadableByteChannel read(long offset, long length) {
        return new Part(offset, offset + length);
    }

    @Override
    public void close() {
        // nothing is held
    }

    private final class Part implements ReadableByteChannel {

        private long position;
        private final long end;
        private Queue<byte[]> chunks = new ArrayDeque<>();
        private boolean open = true;

        Part(long position, long end) {
            this.position = position;
            this.end = end;
        }

        @Override
        public int read(ByteBuffer buffer) throws IOException {
            if (!open) {
                throw new ClosedChannelException();
            }
            if (position == end) {
                return -1;
            }
            if (!buffer.hasRemaining()) {
                return 0;
            }
            int number = row.chunkAt(position);
            if (chunks.isEmpty()) {
                long wanted = Math.min(position + buffer.remaining(), end);
                int last = Math.min(row.chunkAt(wanted - 1), number + MOST_CHUNKS - 1);
                chunks = rows.read(row, number, last);
            }
            byte[] chunk = chunks.element();
            int from = (int) (position - row.startOf(number));
            int count = (int) Math.min(Math.min(buffer.remaining(), chunk.length - from), end - position);
            buffer.put(chunk, from, count);
            position += count;
            if (from + count == chunk.length) {
                chunks.remove();
            }
            return count;
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public void close() {
            open = false;
            chunks.clear();
        }
    }
}
