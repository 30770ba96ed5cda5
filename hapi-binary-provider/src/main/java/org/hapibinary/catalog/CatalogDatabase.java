/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import jakarta.persistence.Query;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.hibernate.Session;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/** The catalog's tables and the transactions in which they are read and changed. */
public final class CatalogDatabase {

    private static final Logger log = LoggerFactory.getLogger(CatalogDatabase.class);

    /** The states of SQL for a deadlock and for a failure to serialize. */
    private static final Set<String> GIVEN_UP = Set.of("40001", "40P01");

    private static final String LOCK_TIMEOUT = "5s";

    private final EntityManager entityManager;
    private final TransactionTemplate transaction;
    private final TransactionTemplate newTransaction;
    private final Clock clock;

    /**
     * @param entityManager shared, of the persistence unit that holds the entities
     * @param transactionManager of the same persistence unit
     * @param clock the source of every moment written
     */
    public CatalogDatabase(EntityManager entityManager, PlatformTransactionManager transactionManager, Clock clock) {
        this.entityManager = entityManager;
        this.transaction = new TransactionTemplate(transactionManager);
        this.newTransaction = new TransactionTemplate(transactionManager);
        this.newTransaction.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
        this.clock = clock;
    }

    public EntityManager entityManager() {
        return entityManager;
    }

    /** By the clock that expiry is measured by; whole microseconds, as a column has them. */
    public Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    /**
     * By the database's clock, which is the same for all servers: what one of them says of itself is judged by others.
     * In a transaction that has taken long it is the moment of its beginning.
     */
    public Instant databaseNow() {
        return inTransaction(() -> (Instant) entityManager
                .createNativeQuery("select current_timestamp", Instant.class)
                .getSingleResult());
    }

    /** In the caller's transaction, or in one of its own. */
    public void inTransaction(Runnable work) {
        transaction.executeWithoutResult(tx -> work.run());
    }

    /** In the caller's transaction, or in one of its own. */
    public <T> T inTransaction(Supplier<T> work) {
        return Objects.requireNonNull(transaction.execute(tx -> work.get()));
    }

    /**
     * In a transaction of its own, which is committed on return. If the database has given it up for another one's
     * sake, it is done once more.
     */
    public void inNewTransaction(Runnable work) {
        inNewTransaction(() -> {
            work.run();
            return true;
        });
    }

    /** As {@link #inNewTransaction(Runnable)}. */
    public <T> T inNewTransaction(Supplier<T> work) {
        try {
            return Objects.requireNonNull(newTransaction.execute(tx -> work.get()));
        } catch (RuntimeException e) {
            if (!isGivenUp(e)) {
                throw e;
            }
            log.debug("A transaction was given up for another one's sake; it is done once more", e);
            // the other one has what it waits for by then
            LockSupport.parkNanos(
                    TimeUnit.MILLISECONDS.toNanos(ThreadLocalRandom.current().nextLong(50, 150)));
            return Objects.requireNonNull(newTransaction.execute(tx -> work.get()));
        }
    }

    private static boolean isGivenUp(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && GIVEN_UP.contains(String.valueOf(sql.getSQLState()))) {
                return true;
            }
        }
        return false;
    }

    /**
     * Adds to what the files of an export take up in the store.
     *
     * @param bytes negative for what has gone
     */
    public void store(String exportId, long bytes) {
        entityManager
                .createQuery("update Export e set e.storedBytes ="
                        + " case when e.storedBytes + :bytes > 0 then e.storedBytes + :bytes else 0 end"
                        + " where e.id = :exportId")
                .setParameter("bytes", bytes)
                .setParameter("exportId", exportId)
                .executeUpdate();
    }

    public Export export(String exportId) {
        return Objects.requireNonNull(
                entityManager.find(Export.class, exportId), () -> "No export with the id " + exportId);
    }

    /** Whether an export is in a state at this moment, whatever the caller's transaction has read of it before. */
    boolean isIn(String exportId, Collection<Export.State> states) {
        return !entityManager
                .createQuery("select e.id from Export e where e.id = :exportId and e.state in :states", String.class)
                .setParameter("exportId", exportId)
                .setParameter("states", states)
                .getResultList()
                .isEmpty();
    }

    /** Whether an export is running at this moment, as {@link #isIn} says. */
    boolean isRunning(String exportId) {
        return isIn(exportId, Set.of(Export.State.RUNNING));
    }

    /** To be asked in a transaction. */
    public boolean isPostgresql() {
        return entityManager.unwrap(Session.class).doReturningWork(CatalogDatabase::isPostgresql);
    }

    private static boolean isPostgresql(Connection connection) throws SQLException {
        return connection.getMetaData().getDatabaseProductName().equals("PostgreSQL");
    }

    /**
     * Locks a row of {@code HBP_LOCK} until the end of the caller's transaction. Who holds it may have died without the
     * database having noticed: it is not waited for longer than {@value #LOCK_TIMEOUT}, on H2 not longer than its URL
     * says.
     */
    public void lock(String name) {
        if (isPostgresql()) {
            String timeout = (String) entityManager
                    .createNativeQuery("select current_setting('lock_timeout')", String.class)
                    .getSingleResult();
            setLockTimeout(LOCK_TIMEOUT);
            lockRow(name);
            setLockTimeout(timeout); // the rest of the transaction is its caller's
        } else {
            lockRow(name);
        }
    }

    private void lockRow(String name) {
        entityManager
                .createNativeQuery("select NAME from HBP_LOCK where NAME = :name for update")
                .setParameter("name", name)
                .getSingleResult();
    }

    /** For this transaction: the next one may be another client's, behind a pooler. */
    private void setLockTimeout(String timeout) {
        entityManager
                .createNativeQuery("select set_config('lock_timeout', :timeout, true)", String.class)
                .setParameter("timeout", timeout)
                .getSingleResult();
    }

    /**
     * Rows that no other transaction has locked, locked.
     *
     * @param select in SQL, up to its order: Hibernate knows of PostgreSQL only that rows can be passed over; H2 can do
     *     it, too
     */
    @SuppressWarnings("unchecked") // JPA's native queries have no types
    public <T> List<T> locked(Class<T> type, String select, Map<String, Object> parameters, int limit) {
        Query query = entityManager.createNativeQuery(select + " limit :limit for update skip locked", type);
        parameters.forEach(query::setParameter);
        return query.setParameter("limit", limit).getResultList();
    }

    /**
     * The chunk of an attempt, locked.
     *
     * @throws ChunkAttempt.SupersededException if the chunk has been started again since
     */
    ExportChunk lockedChunk(ChunkAttempt attempt) {
        ExportChunk chunk = entityManager.find(ExportChunk.class, attempt.chunkId(), LockModeType.PESSIMISTIC_WRITE);
        if (chunk == null || !chunk.isCurrent(attempt)) {
            throw new ChunkAttempt.SupersededException(attempt);
        }
        return chunk;
    }

    /** As it is at this moment, whatever the caller's transaction has read of it before. */
    public Export lockedExport(String exportId) {
        Export export = export(exportId);
        entityManager.refresh(export, LockModeType.PESSIMISTIC_WRITE);
        return export;
    }
}
