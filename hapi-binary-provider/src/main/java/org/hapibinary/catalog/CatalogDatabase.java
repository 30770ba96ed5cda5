/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import jakarta.persistence.Query;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.hibernate.Session;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/** The catalog's tables and the transactions in which they are read and changed. */
public final class CatalogDatabase {

    private static final Logger log = LoggerFactory.getLogger(CatalogDatabase.class);

    /** SQL states of a serialization failure and of a deadlock. */
    private static final Set<String> GIVEN_UP = Set.of("40001", "40P01");

    private static final String LOCK_TIMEOUT = "5s";

    private final EntityManager entityManager;
    private final TransactionTemplate transaction;
    private final TransactionTemplate newTransaction;
    private final Clock clock;
    private final List<BiConsumer<Export.State, Duration>> whenEnded = new CopyOnWriteArrayList<>();

    /**
     * @param entityManager a shared entity manager of the persistence unit that holds the entities
     * @param transactionManager of the same persistence unit
     * @param clock measures expiry and the pauses of erasures; heartbeats and claims of chunks use {@link #databaseNow}
     *     instead
     */
    public CatalogDatabase(EntityManager entityManager, PlatformTransactionManager transactionManager, Clock clock) {
        this.entityManager = entityManager;
        this.transaction = new TransactionTemplate(transactionManager);
        this.newTransaction = new TransactionTemplate(transactionManager);
        this.newTransaction.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
        this.clock = clock;
    }

    /**
     * Adds a listener that is called when a change by this server has ended a running export and is committed.
     *
     * @param listener takes the new state and the time since the kick-off
     */
    public void whenExportEnds(BiConsumer<Export.State, Duration> listener) {
        whenEnded.add(listener);
    }

    /** Call it in a transaction that ends a running export. */
    void exportEnds(Export.State state, Duration took) {
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            @Override
            public void afterCommit() {
                whenEnded.forEach(listener -> listener.accept(state, took));
            }
        });
    }

    /** A shared entity manager of the persistence unit that holds the entities. */
    public EntityManager entityManager() {
        return entityManager;
    }

    /** The time by the clock that measures expiry, truncated to microseconds, the precision of the columns. */
    public Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    /**
     * The time by the database's clock, which all servers share: one server writes a heartbeat, another compares it.
     * Within a transaction, it is the time at which the transaction began.
     */
    public Instant databaseNow() {
        return inTransaction(() -> (Instant) entityManager
                .createNativeQuery("select current_timestamp", Instant.class)
                .getSingleResult());
    }

    /** Runs work in the caller's transaction, or in a new one if there is none. */
    public void inTransaction(Runnable work) {
        transaction.executeWithoutResult(tx -> work.run());
    }

    /** As {@link #inTransaction(Runnable)}. Returns what the work returns, which is never null. */
    public <T> T inTransaction(Supplier<T> work) {
        return Objects.requireNonNull(transaction.execute(tx -> work.get()));
    }

    /**
     * Runs work in a transaction of its own, which is committed on return. If the database rolls it back because of a
     * deadlock or a serialization failure, it is run once more.
     */
    public void inNewTransaction(Runnable work) {
        inNewTransaction(() -> {
            work.run();
            return true;
        });
    }

    /** As {@link #inNewTransaction(Runnable)}. Returns what the work returns, which is never null. */
    public <T> T inNewTransaction(Supplier<T> work) {
        try {
            return Objects.requireNonNull(newTransaction.execute(tx -> work.get()));
        } catch (RuntimeException e) {
            if (!isGivenUp(e)) {
                throw e;
            }
            log.debug("A transaction was given up for another one's sake; it is done once more", e);
            // by then the other transaction has its locks
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
     * Adds to the size of an export's files in the store.
     *
     * @param bytes negative for content that was erased; the sum never falls below 0
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

    /** @throws NullPointerException if there is no such export */
    public Export export(String exportId) {
        return Objects.requireNonNull(
                entityManager.find(Export.class, exportId), () -> "No export with the id " + exportId);
    }

    /** Whether an export is in one of these states now, even if the caller's transaction has read it before. */
    boolean isIn(String exportId, Collection<Export.State> states) {
        return !entityManager
                .createQuery("select e.id from Export e where e.id = :exportId and e.state in :states", String.class)
                .setParameter("exportId", exportId)
                .setParameter("states", states)
                .getResultList()
                .isEmpty();
    }

    /** Whether an export is running now, as {@link #isIn}. */
    boolean isRunning(String exportId) {
        return isIn(exportId, Set.of(Export.State.RUNNING));
    }

    /** Call it in a transaction. */
    public boolean isPostgresql() {
        return entityManager.unwrap(Session.class).doReturningWork(CatalogDatabase::isPostgresql);
    }

    private static boolean isPostgresql(Connection connection) throws SQLException {
        return connection.getMetaData().getDatabaseProductName().equals("PostgreSQL");
    }

    /**
     * Locks a row of {@code HBP_LOCK} until the end of the caller's transaction. The holder may have died without the
     * database noticing, so PostgreSQL waits at most {@value #LOCK_TIMEOUT}; H2 waits as long as its URL says.
     */
    public void lock(String name) {
        if (isPostgresql()) {
            String timeout = (String) entityManager
                    .createNativeQuery("select current_setting('lock_timeout')", String.class)
                    .getSingleResult();
            setLockTimeout(LOCK_TIMEOUT);
            lockRow(name);
            setLockTimeout(timeout); // restores the caller's setting
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

    /** Sets it for this transaction only: behind a connection pooler, the next one may be another client's. */
    private void setLockTimeout(String timeout) {
        entityManager
                .createNativeQuery("select set_config('lock_timeout', :timeout, true)", String.class)
                .setParameter("timeout", timeout)
                .getSingleResult();
    }

    /**
     * Selects and locks rows, and skips those that another transaction has locked.
     *
     * @param select native SQL up to and with its {@code order by}: Hibernate supports {@code skip locked} on
     *     PostgreSQL, but not on H2, which has it too
     * @param limit how many rows at most
     */
    @SuppressWarnings("unchecked") // JPA's native queries have no types
    public <T> List<T> locked(Class<T> type, String select, Map<String, Object> parameters, int limit) {
        Query query = entityManager.createNativeQuery(select + " limit :limit for update skip locked", type);
        parameters.forEach(query::setParameter);
        return query.setParameter("limit", limit).getResultList();
    }

    /**
     * Locks and returns the chunk of an attempt.
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

    /** Locks an export and reads it anew, even if the caller's transaction has read it before. */
    public Export lockedExport(String exportId) {
        Export export = export(exportId);
        entityManager.refresh(export, LockModeType.PESSIMISTIC_WRITE);
        return export;
    }
}
