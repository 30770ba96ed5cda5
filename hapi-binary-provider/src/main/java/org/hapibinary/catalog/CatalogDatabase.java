/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.Objects;
import java.util.function.Supplier;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/** The catalog's tables and the transactions in which they are read and changed. */
public final class CatalogDatabase {

    private final EntityManager entityManager;
    private final TransactionTemplate joining;
    private final TransactionTemplate atOnce;
    private final Clock clock;

    /**
     * @param entityManager shared, of the persistence unit that holds the entities
     * @param transactionManager of the same persistence unit
     * @param clock the source of every moment written
     */
    public CatalogDatabase(EntityManager entityManager, PlatformTransactionManager transactionManager, Clock clock) {
        this.entityManager = entityManager;
        this.joining = new TransactionTemplate(transactionManager);
        this.atOnce = new TransactionTemplate(transactionManager);
        this.atOnce.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
        this.clock = clock;
    }

    EntityManager entityManager() {
        return entityManager;
    }

    Instant now() {
        return clock.instant();
    }

    /** In the caller's transaction, or in one of its own. */
    void join(Runnable work) {
        joining.executeWithoutResult(tx -> work.run());
    }

    /** In the caller's transaction, or in one of its own. */
    <T> T joined(Supplier<T> work) {
        return Objects.requireNonNull(joining.execute(tx -> work.get()));
    }

    /** In a transaction of its own, which is committed on return. */
    void atOnce(Runnable work) {
        atOnce.executeWithoutResult(tx -> work.run());
    }

    /** In a transaction of its own, which is committed on return. */
    <T> T atOnce(Supplier<T> work) {
        return Objects.requireNonNull(atOnce.execute(tx -> work.get()));
    }

    Export export(String exportId) {
        return Objects.requireNonNull(
                entityManager.find(Export.class, exportId), () -> "No export with the id " + exportId);
    }

    /** Whether an export is in a state at this moment, whatever the caller's transaction has read of it before. */
    boolean isIn(String exportId, Collection<ExportState> states) {
        return !entityManager
                .createQuery("select e.id from Export e where e.id = :exportId and e.state in :states", String.class)
                .setParameter("exportId", exportId)
                .setParameter("states", states)
                .getResultList()
                .isEmpty();
    }

    /**
     * The chunk of an attempt, locked.
     *
     * @throws AttemptSupersededException if the chunk has been started again since
     */
    ExportChunk lockedChunk(ChunkAttempt attempt) {
        ExportChunk chunk = entityManager.find(ExportChunk.class, attempt.chunkId(), LockModeType.PESSIMISTIC_WRITE);
        if (chunk == null || !chunk.isCurrent(attempt)) {
            throw new AttemptSupersededException(attempt);
        }
        return chunk;
    }

    /** As it is at this moment, whatever the caller's transaction has read of it before. */
    Export lockedExport(String exportId) {
        Export export = export(exportId);
        entityManager.refresh(export, LockModeType.PESSIMISTIC_WRITE);
        return export;
    }
}
