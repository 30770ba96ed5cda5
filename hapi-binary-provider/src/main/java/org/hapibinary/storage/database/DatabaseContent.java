/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.database;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import org.hapibinary.storage.MissingContentException;
import org.hapibinary.storage.StoredContent;
import org.jspecify.annotations.Nullable;

/**
 * Content in chunks in the database. Each query reads a few chunks; between queries it holds no connection. Content of
 * which the size is known is looked up by the query that reads its first chunks.
 */
final class DatabaseContent implements StoredContent {

    /** How many chunks a query reads at most: enough that the database sends some while it reads the others. */
    private static final int MOST_CHUNKS = 4;

    private final ContentRows rows;
    private final long size;
    private final FirstRead firstRead;
    private @Nullable ContentRow row;

    /** The first query, unless the row is known. */
    private interface FirstRead {
        Optional<FirstReads.Found> find(int first, int last) throws IOException;
    }

    DatabaseContent(ContentRows rows, ContentRow row) {
        this.rows = rows;
        this.size = row.size();
        this.firstRead = (first, last) -> Optional.empty();
        this.row = row;
    }

    DatabaseContent(ContentRows rows, FirstReads firstReads, ContentKey key, long size) {
        this.rows = rows;
        this.size = size;
        this.firstRead = (first, last) -> firstReads.find(key, first, last);
    }

    @Override
    public long size() {
        return size;
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
            ContentRow known = row == null ? find(from, most) : row;
            int number = known.chunkAt(from);
            if (chunks.isEmpty()) {
                int last = Math.min(known.chunkAt(from + most - 1), number + MOST_CHUNKS - 1);
                chunks = rows.read(known, number, last);
            }
            byte[] chunk = chunks.element();
            int start = (int) (from - known.startOf(number));
            int count = Math.min(most, chunk.length - start);
            buffer.put(chunk, start, count);
            if (start + count == chunk.length) {
                chunks.remove();
            }
            return count;
        }

        /** Reads the chunks too if they are of the usual length. */
        private ContentRow find(long from, int most) throws IOException {
            int first = (int) (from / ContentWriter.CHUNK_BYTES);
            int last = (int) Math.min((from + most - 1) / ContentWriter.CHUNK_BYTES, first + MOST_CHUNKS - 1);
            FirstReads.Found found = firstRead
                    .find(first, last)
                    .orElseThrow(() -> new MissingContentException("A content has no row that is complete"));
            ContentRow known = found.row();
            if (known.size() != size) {
                throw new MissingContentException("A content has " + known.size() + " bytes, not " + size);
            }
            if (known.chunkBytes() == ContentWriter.CHUNK_BYTES) {
                chunks = known.requireWhole(found.chunks(), first, last);
            }
            row = known;
            return known;
        }

        @Override
        public void close() throws IOException {
            super.close();
            chunks.clear();
        }
    }
}
