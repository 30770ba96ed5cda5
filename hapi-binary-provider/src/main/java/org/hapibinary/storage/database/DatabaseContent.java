/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.database;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayDeque;
import java.util.Queue;
import org.hapibinary.storage.StoredContent;

/** Content in chunks in the database. Each query reads a few chunks; between queries it holds no connection. */
final class DatabaseContent implements StoredContent {

    /** How many chunks a query reads at most: enough that the database sends some while it reads the others. */
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
        return new Part(offset, length);
    }

    @Override
    public void close() {
        // holds nothing
    }

    private final class Part extends Range {

        private Queue<byte[]> chunks = new ArrayDeque<>();

        Part(long offset, long length) {
            super(offset, length);
        }

        @Override
        protected int readAt(long from, ByteBuffer buffer, int most) throws IOException {
            int number = row.chunkAt(from);
            if (chunks.isEmpty()) {
                int last = Math.min(row.chunkAt(from + most - 1), number + MOST_CHUNKS - 1);
                chunks = rows.read(row, number, last);
            }
            byte[] chunk = chunks.element();
            int start = (int) (from - row.startOf(number));
            int count = Math.min(most, chunk.length - start);
            buffer.put(chunk, start, count);
            if (start + count == chunk.length) {
                chunks.remove();
            }
            return count;
        }

        @Override
        public void close() throws IOException {
            super.close();
            chunks.clear();
        }
    }
}
