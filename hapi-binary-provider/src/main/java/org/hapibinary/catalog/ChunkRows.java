/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The rows of {@code HBP_EXPORT_CHUNK}: queries and updates, each in the caller's transaction. */
final class ChunkRows {

    private final CatalogDatabase database;
    private final EntityManager entityManager;

    ChunkRows(CatalogDatabase database) {
        this.database = database;
        this.entityManager = database.entityManager();
    }

    /** Locks and returns a chunk; null if there is none. */
    @Nullable
    ExportChunk locked(String chunkId) {
        return entityManager.find(ExportChunk.class, chunkId, LockModeType.PESSIMISTIC_WRITE);
    }

    /** Locks the chunk of an attempt. Returns whether the attempt is the latest one. */
    boolean lockIfCurrent(ChunkAttempt attempt) {
        ExportChunk chunk = locked(attempt.chunkId());
        return chunk != null && chunk.isCurrent(attempt);
    }

    boolean isCurrent(ChunkAttempt attempt) {
        ExportChunk chunk = entityManager.find(ExportChunk.class, attempt.chunkId());
        return chunk != null && chunk.isCurrent(attempt);
    }

    List<ExportChunk> unfinished(String exportId) {
        return entityManager
                .createQuery(
                        "select c from ExportChunk c where c.exportId = :exportId and c.finished = false",
                        ExportChunk.class)
                .setParameter("exportId", exportId)
                .getResultList();
    }

    Set<String> finishedAmong(Collection<String> chunkIds) {
        return Set.copyOf(entityManager
                .createQuery("select c.id from ExportChunk c where c.id in :ids and c.finished = true", String.class)
                .setParameter("ids", chunkIds)
                .getResultList());
    }

    /** The ids of unfinished chunks whose last heartbeat is longer ago than a time, by the database's clock. */
    List<String> stalled(String exportId, Duration time) {
        return entityManager
                .createQuery(
                        """
                        select c.id from ExportChunk c
                        where c.exportId = :exportId and c.finished = false and c.activeAt < :moment""",
                        String.class)
                .setParameter("exportId", exportId)
                .setParameter("moment", database.databaseNow().minus(time))
                .getResultList();
    }

    /** Whether any chunk had a heartbeat within a time, by the database's clock. */
    boolean hasHeartbeatWithin(Duration time) {
        return !entityManager
                .createQuery("select c.id from ExportChunk c where c.activeAt >= :moment", String.class)
                .setParameter("moment", database.databaseNow().minus(time))
                .setMaxResults(1)
                .getResultList()
                .isEmpty();
    }

    /** Records a heartbeat. Returns false if the attempt has ended or is superseded. */
    boolean heartbeat(ChunkAttempt attempt, Instant now) {
        return entityManager
                        .createQuery(
                                """
                                update ExportChunk c set c.activeAt = :now
                                where c.id = :chunkId and c.attempt = :number and c.activeAt is not null""")
                        .setParameter("now", now)
                        .setParameter("chunkId", attempt.chunkId())
                        .setParameter("number", attempt.number())
                        .executeUpdate()
                == 1;
    }

    /**
     * Whether the first chunk and every chunk that was handed on are finished. Also true if this is unknown: jobs other
     * than the plugin's and servers of an earlier version do not record how many chunks they hand on.
     */
    boolean isWhole(String exportId) {
        Object[] sums = entityManager
                .createQuery(
                        """
                        select count(c), count(c.handedOn), sum(case when c.handedOn >= 0 then 1 else 0 end),
                            sum(case when c.handedOn > 0 then c.handedOn else 0 end)
                        from ExportChunk c where c.exportId = :exportId""",
                        Object[].class)
                .setParameter("exportId", exportId)
                .getSingleResult();
        long chunks = ((Number) sums[0]).longValue();
        if (chunks == 0 || ((Number) sums[1]).longValue() < chunks) {
            return true;
        }
        return ((Number) sums[2]).longValue() == 1 + ((Number) sums[3]).longValue();
    }
}
