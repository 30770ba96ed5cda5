/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.database;

import ca.uhn.fhir.jpa.binary.api.StoredDetails;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/** Writes one content in batches of chunks; small content, which fits into one, in a single transaction. */
final class ContentWriter {

    /**
     * Smaller chunks cost more for each byte, as measured on PostgreSQL 17; larger ones cost the same, and a short
     * range would read more in vain.
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
     * Writes content to its end; it is not to be seen yet.
     *
     * @param maximum in bytes
     * @return how many bytes it has
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

    /** Writes what is left and makes the content to be seen, both or nothing. */
    void complete(StoredDetails details) throws IOException {
        rows.appendLast(row, key, contentType, written, batch, details);
    }

    private static byte[] chunk(InputStream content) throws IOException {
        byte[] chunk = new byte[CHUNK_BYTES];
        int length = content.readNBytes(chunk, 0, CHUNK_BYTES);
        return length == CHUNK_BYTES ? chunk : Arrays.copyOf(chunk, length);
    }
}
