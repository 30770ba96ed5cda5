/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.database;

import ca.uhn.fhir.jpa.binary.api.StoredDetails;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Date;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.TreeMap;
import javax.sql.DataSource;
import org.hapibinary.storage.ListedStorage;
import org.hapibinary.storage.MissingContentException;

/** The tables of content. Each method uses a connection and a transaction of its own. */
final class ContentRows {

    private static final int ERASED_AT_ONCE = 64;
    private static final int LISTED_AT_ONCE = 100;

    private static final String FIND =
            """
            select CONTENT_KEY, CONTENT_TYPE, CONTENT_SIZE, CHUNK_BYTES, SHA256, STORED_AT from HBP_CONTENT
            where CONTENT_ID = ? and RESOURCE_ID = ? and STATE = 'COMPLETE'""";
    private static final String READ =
            """
            select CHUNK_NUMBER, DATA from HBP_CONTENT_CHUNK
            where CONTENT_KEY = ? and CHUNK_NUMBER between ? and ? order by CHUNK_NUMBER""";
    private static final String BEGIN =
            """
            insert into HBP_CONTENT
            (CONTENT_ID, RESOURCE_ID, STATE, CONTENT_TYPE, CONTENT_SIZE, CHUNK_BYTES, SHA256, STORED_AT)
            values (?, ?, 'WRITING', ?, 0, ?, '', ?)""";
    private static final String APPEND =
            "insert into HBP_CONTENT_CHUNK (CONTENT_KEY, CHUNK_NUMBER, DATA) values (?, ?, ?)";
    private static final String COMPLETE =
            """
            update HBP_CONTENT set STATE = 'COMPLETE', CONTENT_SIZE = ?, SHA256 = ?, STORED_AT = ?
            where CONTENT_KEY = ? and STATE = 'WRITING'""";
    private static final String FIND_ANY =
            "select CONTENT_KEY from HBP_CONTENT where CONTENT_ID = ? and RESOURCE_ID = ?";
    private static final String HIDE = "update HBP_CONTENT set STATE = 'ERASING' where CONTENT_KEY = ?";
    private static final String LAST_CHUNK = "select max(CHUNK_NUMBER) from HBP_CONTENT_CHUNK where CONTENT_KEY = ?";
    private static final String ERASE_CHUNKS =
            "delete from HBP_CONTENT_CHUNK where CONTENT_KEY = ? and CHUNK_NUMBER between ? and ?";
    private static final String ERASE = "delete from HBP_CONTENT where CONTENT_KEY = ?";
    private static final String LIST =
            """
            select CONTENT_KEY, RESOURCE_ID, CONTENT_ID, STORED_AT from HBP_CONTENT
            where CONTENT_KEY > ? and RESOURCE_ID like 'Binary/%' order by CONTENT_KEY limit ?""";

    private final OwnTransactions database;

    ContentRows(DataSource dataSource) {
        this.database = new OwnTransactions(dataSource);
    }

    /** Finds the row of a complete content. */
    Optional<ContentRow> find(ContentKey key) throws IOException {
        return database.query(connection -> {
            try (PreparedStatement find = connection.prepareStatement(FIND)) {
                find.setString(1, key.contentId());
                find.setString(2, key.resourceId());
                try (ResultSet found = find.executeQuery()) {
                    return found.next() ? Optional.of(ContentRow.of(found)) : Optional.empty();
                }
            }
        });
    }

    /**
     * Reads consecutive chunks.
     *
     * @throws MissingContentException if one of them is missing or has another length than it should
     */
    Queue<byte[]> read(ContentRow row, int first, int last) throws IOException {
        return row.requireWhole(database.query(connection -> chunks(connection, row.key(), first, last)), first, last);
    }

    /** The chunks up to the first gap. */
    private static Queue<byte[]> chunks(Connection connection, long content, int first, int last) throws SQLException {
        try (PreparedStatement read = connection.prepareStatement(READ)) {
            read.setLong(1, content);
            read.setInt(2, first);
            read.setInt(3, last);
            try (ResultSet found = read.executeQuery()) {
                Queue<byte[]> chunks = new ArrayDeque<>(last - first + 1);
                while (found.next() && found.getInt(1) == first + chunks.size()) {
                    chunks.add(found.getBytes(2));
                }
                return chunks;
            }
        }
    }

    /**
     * Writes chunks of an incomplete content.
     *
     * @param content its key; empty before its first chunks
     * @param first the number of the first of these chunks
     * @return its key
     */
    long append(OptionalLong content, ContentKey key, String contentType, int first, List<byte[]> chunks)
            throws IOException {
        return database.transaction(connection -> append(connection, content, key, contentType, first, chunks));
    }

    /**
     * Writes the last chunks and marks the content as complete.
     *
     * @throws IOException if the database fails, or the content was erased meanwhile
     */
    void appendLast(
            OptionalLong content,
            ContentKey key,
            String contentType,
            int first,
            List<byte[]> chunks,
            StoredDetails details)
            throws IOException {
        boolean completed = database.transaction(connection -> {
            long row = append(connection, content, key, contentType, first, chunks);
            try (PreparedStatement complete = connection.prepareStatement(COMPLETE)) {
                complete.setLong(1, details.getBytes());
                complete.setString(2, details.getHash());
                complete.setTimestamp(3, timestamp(details.getPublished()));
                complete.setLong(4, row);
                return complete.executeUpdate() == 1;
            }
        });
        if (!completed) {
            throw new IOException("The content was erased while it was stored");
        }
    }

    private static long append(
            Connection connection,
            OptionalLong content,
            ContentKey key,
            String contentType,
            int first,
            List<byte[]> chunks)
            throws SQLException {
        long row = content.isPresent() ? content.getAsLong() : begin(connection, key, contentType);
        try (PreparedStatement append = connection.prepareStatement(APPEND)) {
            int number = first;
            for (byte[] chunk : chunks) {
                append.setLong(1, row);
                append.setInt(2, number++);
                append.setBytes(3, chunk);
                // no JDBC batch: if one fails, PostgreSQL's driver includes its data in the exception
                append.executeUpdate();
            }
        }
        return row;
    }

    private static long begin(Connection connection, ContentKey key, String contentType) throws SQLException {
        try (PreparedStatement begin = connection.prepareStatement(BEGIN, Statement.RETURN_GENERATED_KEYS)) {
            begin.setString(1, key.contentId());
            begin.setString(2, key.resourceId());
            begin.setString(3, contentType);
            begin.setInt(4, ContentWriter.CHUNK_BYTES);
            begin.setTimestamp(5, timestamp(Date.from(Instant.now())));
            begin.executeUpdate();
            try (ResultSet keys = begin.getGeneratedKeys()) {
                keys.next();
                return keys.getLong(1);
            }
        }
    }

    /** Hides content in any state, then removes it in batches. Does nothing if there is none. */
    void erase(ContentKey key) throws IOException {
        OptionalLong hidden = database.transaction(connection -> hide(connection, key));
        if (hidden.isEmpty()) {
            return;
        }
        long content = hidden.getAsLong();
        int last = database.query(connection -> lastChunk(connection, content));
        for (int first = 0; first <= last; first += ERASED_AT_ONCE) {
            int from = first;
            database.transaction(
                    connection -> update(connection, ERASE_CHUNKS, content, from, from + ERASED_AT_ONCE - 1));
        }
        // and the chunks that a concurrent writer has added since
        database.transaction(connection -> update(connection, ERASE, content));
    }

    private static int update(Connection connection, String sql, long... parameters) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(sql)) {
            for (int index = 0; index < parameters.length; index++) {
                update.setLong(index + 1, parameters[index]);
            }
            return update.executeUpdate();
        }
    }

    private static OptionalLong hide(Connection connection, ContentKey key) throws SQLException {
        try (PreparedStatement find = connection.prepareStatement(FIND_ANY)) {
            find.setString(1, key.contentId());
            find.setString(2, key.resourceId());
            try (ResultSet found = find.executeQuery()) {
                if (!found.next()) {
                    return OptionalLong.empty();
                }
                long content = found.getLong(1);
                update(connection, HIDE, content);
                return OptionalLong.of(content);
            }
        }
    }

    /** The number of the last chunk; -1 if there is none. */
    private static int lastChunk(Connection connection, long content) throws SQLException {
        try (PreparedStatement last = connection.prepareStatement(LAST_CHUNK)) {
            last.setLong(1, content);
            try (ResultSet found = last.executeQuery()) {
                found.next();
                int number = found.getInt(1);
                return found.wasNull() ? -1 : number;
            }
        }
    }

    /**
     * A page of the contents of Binaries, in any state, by the keys of their rows.
     *
     * @param afterKey the last key of the previous page; 0 for the first page
     */
    NavigableMap<Long, ListedStorage.StoredKey> list(long afterKey) throws IOException {
        return database.query(connection -> {
            try (PreparedStatement list = connection.prepareStatement(LIST)) {
                list.setLong(1, afterKey);
                list.setInt(2, LISTED_AT_ONCE);
                try (ResultSet found = list.executeQuery()) {
                    NavigableMap<Long, ListedStorage.StoredKey> page = new TreeMap<>();
                    while (found.next()) {
                        page.put(
                                found.getLong(1),
                                new ListedStorage.StoredKey(
                                        found.getString(2).substring("Binary/".length()),
                                        found.getString(3),
                                        found.getTimestamp(4).toInstant()));
                    }
                    return page;
                }
            }
        });
    }

    private static Timestamp timestamp(Date date) {
        return Timestamp.from(date.toInstant());
    }
}
