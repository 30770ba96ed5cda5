/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.database;

import ca.uhn.fhir.jpa.binary.api.StoredDetails;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Date;
import java.util.Queue;
import org.hapibinary.storage.MissingContentException;

/**
 * The row of a complete content.
 *
 * @param key of the row and its chunks; content that is stored again under the same id has another key
 * @param size in bytes
 * @param chunkBytes the length of each chunk but the last
 * @param sha256 lower-case hexadecimal
 */
record ContentRow(long key, String contentType, long size, int chunkBytes, String sha256, Instant storedAt) {

    /** Reads the current row of a result that has these columns in this order. */
    static ContentRow of(ResultSet found) throws SQLException {
        return new ContentRow(
                found.getLong(1),
                found.getString(2),
                found.getLong(3),
                found.getInt(4),
                found.getString(5),
                found.getTimestamp(6).toInstant());
    }

    int chunkAt(long position) {
        return (int) (position / chunkBytes);
    }

    long startOf(int chunk) {
        return (long) chunk * chunkBytes;
    }

    /** The length that a chunk must have, in bytes. */
    int lengthOf(int chunk) {
        return (int) Math.min(chunkBytes, size - startOf(chunk));
    }

    /**
     * Returns chunks if they are all there.
     *
     * @param first the number of the first of them
     * @param last the number that the last of them should have
     * @throws MissingContentException if one of them is missing or has another length than it should
     */
    Queue<byte[]> requireWhole(Queue<byte[]> chunks, int first, int last) throws MissingContentException {
        int number = first;
        for (byte[] chunk : chunks) {
            if (chunk.length != lengthOf(number)) {
                throw new MissingContentException("Chunk " + number + " of a content is not as long as it should be");
            }
            number++;
        }
        if (number <= last) {
            throw new MissingContentException("Chunk " + number + " of a content is missing");
        }
        return chunks;
    }

    StoredDetails toDetails(String contentId) {
        return new StoredDetails()
                .setBinaryContentId(contentId)
                .setContentType(contentType)
                .setBytes(size)
                .setHash(sha256)
                .setPublished(Date.from(storedAt));
    }
}
