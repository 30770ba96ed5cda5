/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.database;

import ca.uhn.fhir.jpa.binary.api.StoredDetails;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/** Writes one content in batches of chunks, and content that fits into one batch in a single transaction. */
final class ContentWriter {

    /**
     * Measured on PostgreSQL 17: smaller chunks cost more for each byte. Larger ones cost the same, but a short range
     * would read more bytes in vain.
     */
    static final int CHUNK_BYTES = 128 * 1024;

    private static final int BATCH_CHUNKS = 16;

    private final ContentRows rows;
    private final ContentKey key;
    private final String contentType;
    private final List<byte[]> batch = new ArrayList<>(BATCH_CHUNKS);
    private OptionalLong row = OptionalLong.empty();
    private int written;

    ContentWriter(ContentRows rows, ContentKey key, String contentType) {
        this.rows = rows;
        this.key = key;
        this.contentType = contentType;
    }

    /**
     * Writes content to its end. It stays invisible until {@link #complete}.
     *
     * @param maximum length in bytes
     * @return its length in bytes
     */
    long write(InputStream content, long maximum) throws IOException {
        long size = 0;
        for (byte[] chunk = chunk(content); chunk.length > 0; chunk = chunk(content)) {
            size += chunk.length;
            if (size > maximum) {
                throw new IOException("Content is larger than the maximum of " + maximum + " bytes");
            }
            if (batch.size() == BATCH_CHUNKS) {
                row = OptionalLong.of(rows.append(row, key, contentType, written, batch));
                written += batch.size();
                batch.clear();
            }
            batch.add(chunk);
        }
        return size;
    }

    /** Writes the remaining chunks and makes the content visible, in one transaction. */
    void complete(StoredDetails details) throws IOException {
        rows.appendLast(row, key, contentType, written, batch, details);
    }

    private static byte[] chunk(InputStream content) throws IOException {
        byte[] chunk = new byte[CHUNK_BYTES];
        int length = content.readNBytes(chunk, 0, CHUNK_BYTES);
        return length == CHUNK_BYTES ? chunk : Arrays.copyOf(chunk, length);
    }
}
