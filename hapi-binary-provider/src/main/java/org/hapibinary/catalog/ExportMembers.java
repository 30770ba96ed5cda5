/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import com.google.common.collect.Iterables;
import jakarta.persistence.EntityManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import org.hibernate.Session;

/** The members of an export, by their keys in HAPI's tables. They are determined once, when the export begins. */
public final class ExportMembers {

    private static final int ROWS_PER_BATCH = 1_000;

    private final CatalogDatabase database;
    private final EntityManager entityManager;

    /** @param database the catalog's */
    public ExportMembers(CatalogDatabase database) {
        this.database = database;
        this.entityManager = database.entityManager();
    }

    /**
     * Sets the members of an export and commits at once. Replaces what an earlier attempt has set.
     *
     * @param attempt of the chunk that determines the members
     * @param keys HAPI's keys of Patients ({@code RES_ID}), each once
     * @param deleted the keys of deleted Patients, each once
     * @throws ChunkAttempt.SupersededException if the chunk has been started again since
     */
    public void replace(ChunkAttempt attempt, Collection<Long> keys, Collection<Long> deleted) {
        database.inNewTransaction(() -> {
            if (database.lockedChunk(attempt).isFinished()) {
                throw new ChunkAttempt.SupersededException(attempt);
            }
            entityManager
                    .createNativeQuery("delete from HBP_EXPORT_MEMBER where EXPORT_ID = :exportId")
                    .setParameter("exportId", attempt.exportId())
                    .executeUpdate();
            entityManager.unwrap(Session.class).doWork(connection -> {
                try (PreparedStatement insert = connection.prepareStatement(
                        "insert into HBP_EXPORT_MEMBER (EXPORT_ID, RES_ID, DELETED) values (?, ?, ?)")) {
                    insert(insert, attempt.exportId(), keys, false);
                    insert(insert, attempt.exportId(), deleted, true);
                }
            });
        });
    }

    private static void insert(PreparedStatement insert, String exportId, Collection<Long> keys, boolean deleted)
            throws SQLException {
        for (List<Long> some : Iterables.partition(keys, ROWS_PER_BATCH)) {
            for (Long key : some) {
                insert.setString(1, exportId);
                insert.setLong(2, key);
                insert.setBoolean(3, deleted);
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }
}
