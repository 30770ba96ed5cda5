/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment.record;

import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import jakarta.persistence.EntityManager;
import jakarta.persistence.NoResultException;
import jakarta.persistence.PersistenceException;
import java.io.IOException;
import java.io.Reader;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.commons.io.IOUtils;
import org.hapibinary.storage.MissingContentException;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;

/** HAPI's rows of Binaries. HAPI has no service that returns a Binary's version without reading its content. */
final class RecordRows {

    /** So many characters contain the whole JSON of a Binary except a long content. */
    static final int HEAD_CHARACTERS = 4_000;

    private static final String WHOLE_TEXT = "h.RES_TEXT_VC";
    private static final String PART_OF_TEXT = "substring(h.RES_TEXT_VC, ?, ?)";

    private final EntityManager entityManager;
    private final TransactionTemplate transaction;

    /**
     * @param entityManager a shared one of HAPI's persistence unit
     * @param transactionManager of that persistence unit
     */
    RecordRows(EntityManager entityManager, PlatformTransactionManager transactionManager) {
        this.entityManager = entityManager;
        this.transaction = new TransactionTemplate(transactionManager);
        this.transaction.setReadOnly(true);
    }

    /**
     * A Binary that is not deleted, in its current version.
     *
     * @param size of the JSON, in bytes; null if HAPI has compressed it
     */
    record Row(long pid, String id, long version, @Nullable Integer size) {}

    /**
     * The rows of the ids that exist. The query has no type condition: H2 would scan all Binaries by the type index
     * instead of using the ids.
     */
    List<Row> current(List<String> ids, RequestPartitionId partition) {
        return entityManager
                .createQuery(
                        "select r.myPid.myId, r.myFhirId, r.myVersion, r.myPartitionIdValue, r.myResourceType,"
                                + " function('octet_length', h.myResourceTextVc)"
                                + " from ResourceTable r left join ResourceHistoryTable h"
                                + " on h.myResourceId = r.myPid.myId and h.myResourceVersion = r.myVersion"
                                + " where r.myFhirId in :ids and r.myDeleted is null",
                        Object[].class)
                .setParameter("ids", ids)
                .getResultList()
                .stream()
                .filter(row -> row[4].equals("Binary"))
                .filter(row -> partition.isAllPartitions() || partition.isPartitionCovered((Integer) row[3]))
                .map(row -> new Row(
                        (Long) row[0],
                        (String) row[1],
                        (Long) row[2],
                        row[5] == null ? null : ((Number) row[5]).intValue()))
                .toList();
    }

    /**
     * The beginnings of the JSON of current versions, without those that HAPI has compressed.
     *
     * @param pids HAPI's keys of the resources
     */
    Map<Long, String> heads(Collection<Long> pids) {
        return pids.isEmpty()
                ? Map.of()
                : Objects.requireNonNull(transaction.execute(tx ->
                        entityManager.unwrap(Session.class).doReturningWork(connection -> heads(connection, pids))));
    }

    private static Map<Long, String> heads(Connection connection, Collection<Long> pids) throws SQLException {
        String text = isH2(connection) ? WHOLE_TEXT : PART_OF_TEXT;
        try (PreparedStatement select = connection.prepareStatement("select r.RES_ID, " + text
                + " from HFJ_RESOURCE r join HFJ_RES_VER h on h.RES_ID = r.RES_ID and h.RES_VER = r.RES_VER"
                + " where r.RES_ID in (" + String.join(",", Collections.nCopies(pids.size(), "?")) + ")")) {
            int parameter = 1;
            if (text.equals(PART_OF_TEXT)) {
                select.setInt(parameter++, 1);
                select.setInt(parameter++, HEAD_CHARACTERS);
            }
            for (Long pid : pids) {
                select.setLong(parameter++, pid);
            }
            Map<Long, String> heads = new HashMap<>();
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    String head = text.equals(PART_OF_TEXT) ? rows.getString(2) : streamed(rows, 2, 0, HEAD_CHARACTERS);
                    if (head != null) {
                        heads.put(rows.getLong(1), head);
                    }
                }
            }
            return heads;
        }
    }

    /**
     * A version of a Binary that is not deleted.
     *
     * @param pid HAPI's key of the version
     * @param size of the JSON, in bytes; null if HAPI has compressed it
     */
    record Version(long pid, Instant updated, @Nullable Integer size) {}

    /**
     * @return empty if the Binary is deleted, even if its history has this version, or if there never was this version
     */
    Optional<Version> version(String binaryId, long version, RequestPartitionId partition) {
        return entityManager
                .createQuery(
                        "select r.myPartitionIdValue, r.myResourceType, h.myId.myVersionId, h.myUpdated,"
                                + " function('octet_length', h.myResourceTextVc)"
                                + " from ResourceTable r join ResourceHistoryTable h"
                                + " on h.myResourceId = r.myPid.myId and h.myResourceVersion = :version"
                                + " where r.myFhirId = :id and r.myDeleted is null",
                        Object[].class)
                .setParameter("id", binaryId)
                .setParameter("version", version)
                .getResultList()
                .stream()
                .filter(row -> row[1].equals("Binary"))
                .filter(row -> partition.isAllPartitions() || partition.isPartitionCovered((Integer) row[0]))
                .findFirst()
                .map(row -> new Version(
                        (Long) row[2],
                        ((Date) row[3]).toInstant(),
                        row[4] == null ? null : ((Number) row[4]).intValue()));
    }

    /** The JSON of a version. */
    RecordText text(long versionPid) {
        return (from, length) -> {
            try {
                return Objects.requireNonNull(transaction.execute(tx -> part(versionPid, from, length)));
            } catch (NoResultException e) {
                throw new MissingContentException("The version of the Binary is not there any more");
            } catch (PersistenceException | DataAccessException | TransactionException e) {
                throw new IOException("The database cannot be read", e);
            }
        };
    }

    private String part(long versionPid, long from, int length) {
        String part = entityManager
                .unwrap(Session.class)
                .doReturningWork(connection -> part(connection, versionPid, from, length));
        if (part == null) {
            throw new NoResultException("The version of the Binary is not there any more");
        }
        return part;
    }

    private static @Nullable String part(Connection connection, long versionPid, long from, int length)
            throws SQLException {
        boolean isH2 = isH2(connection);
        try (PreparedStatement select = connection.prepareStatement(
                "select " + (isH2 ? WHOLE_TEXT : PART_OF_TEXT) + " from HFJ_RES_VER h where h.PID = ?")) {
            int parameter = 1;
            if (!isH2) {
                select.setInt(parameter++, Math.toIntExact(from + 1));
                select.setInt(parameter++, length);
            }
            select.setLong(parameter, versionPid);
            try (ResultSet rows = select.executeQuery()) {
                if (!rows.next()) {
                    return null;
                }
                return isH2 ? streamed(rows, 1, from, length) : rows.getString(1);
            }
        }
    }

    /** Whether to read parts by streams: H2's substring function would load the whole text. */
    private static boolean isH2(Connection connection) throws SQLException {
        return connection.getMetaData().getDatabaseProductName().equals("H2");
    }

    private static @Nullable String streamed(ResultSet row, int column, long from, int length) throws SQLException {
        try (Reader text = row.getCharacterStream(column)) {
            if (text == null) {
                return null;
            }
            char[] part = new char[length];
            return IOUtils.skip(text, from) < from ? "" : new String(part, 0, IOUtils.read(text, part));
        } catch (IOException e) {
            throw new SQLException(e);
        }
    }
}
