/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.database;

import java.io.IOException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;

/** Finds the rows of contents together with the first chunks that are asked of them, in one statement. */
final class FirstReads {

    private static final String FIND =
            """
            select c.CONTENT_KEY, c.CONTENT_TYPE, c.CONTENT_SIZE, c.CHUNK_BYTES, c.SHA256, c.STORED_AT,
            p.CHUNK_NUMBER, p.DATA
            from HBP_CONTENT c left join HBP_CONTENT_CHUNK p
            on p.CONTENT_KEY = c.CONTENT_KEY and p.CHUNK_NUMBER between ? and ?
            where c.CONTENT_ID = ? and c.RESOURCE_ID = ? and c.STATE = 'COMPLETE' order by p.CHUNK_NUMBER""";

    private final OwnTransactions database;

    FirstReads(OwnTransactions database) {
        this.database = database;
    }

    /**
     * What was found of a content.
     *
     * @param chunks those up to the first gap
     */
    record Found(ContentRow row, Queue<byte[]> chunks) {}

    /**
     * Finds a complete content.
     *
     * @param first the number of the first chunk to be read
     * @param last the number of the last
     */
    Optional<Found> find(ContentKey key, int first, int last) throws IOException {
        return database.query(connection -> {
            try (PreparedStatement find = connection.prepareStatement(FIND)) {
                find.setInt(1, first);
                find.setInt(2, last);
                find.setString(3, key.contentId());
                find.setString(4, key.resourceId());
                try (ResultSet found = find.executeQuery()) {
                    if (!found.next()) {
                        return Optional.empty();
                    }
                    ContentRow row = ContentRow.of(found);
                    Queue<byte[]> chunks = new ArrayDeque<>(last - first + 1);
                    do {
                        byte[] data = found.getBytes(8);
                        if (data != null && found.getInt(7) == first + chunks.size()) {
                            chunks.add(data);
                        }
                    } while (found.next());
                    return Optional.of(new Found(row, chunks));
                }
            }
        });
    }
}
