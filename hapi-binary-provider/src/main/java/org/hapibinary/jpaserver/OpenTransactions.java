/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.ConfigurableTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * The open transactions of this server that may write, with the time at which each was requested. HAPI dates resources
 * by that time, and a transaction may still wait for a connection, so that the database does not know it yet.
 */
final class OpenTransactions implements TransactionExecutionListener {

    /** HAPI repeats a rolled-back transaction within less than this time. */
    private static final Duration REPEATED_WITHIN = Duration.ofSeconds(5);

    private final Clock clock;
    private final Map<TransactionExecution, Open> open = Collections.synchronizedMap(new IdentityHashMap<>());

    /** The last transaction that a thread has rolled back. */
    private static final ThreadLocal<Open> ROLLED_BACK = new ThreadLocal<>();

    /** @param rolledBackAt null while it is open */
    private record Open(Instant since, @Nullable Instant rolledBackAt) {}

    /** @param clock this server's, by which HAPI dates resources */
    public OpenTransactions(Clock clock) {
        this.clock = clock;
    }

    /**
     * Starts listening to a transaction manager. Does nothing if it supports no listeners: then only the database's
     * view of open transactions counts.
     */
    public void listenTo(PlatformTransactionManager transactionManager) {
        if (transactionManager instanceof ConfigurableTransactionManager configurable) {
            configurable.addListener(this);
        }
    }

    /** When the oldest open transaction was requested; empty if there is none. */
    Optional<Instant> oldest() {
        forgetRolledBack();
        synchronized (open) {
            return open.values().stream().map(Open::since).min(Instant::compareTo);
        }
    }

    /** Keeps rolled-back transactions for a while, because HAPI may repeat one with the date that it had. */
    private void forgetRolledBack() {
        Instant longAgo = clock.instant().minus(REPEATED_WITHIN);
        synchronized (open) {
            open.values().removeIf(one -> one.rolledBackAt != null && one.rolledBackAt.isBefore(longAgo));
        }
    }

    @Override
    public void beforeBegin(TransactionExecution transaction) {
        if (transaction.isReadOnly()) {
            return;
        }
        Instant now = clock.instant();
        Open before = ROLLED_BACK.get();
        ROLLED_BACK.remove();
        boolean repeats = before != null
                && before.rolledBackAt != null
                && before.rolledBackAt.isAfter(now.minus(REPEATED_WITHIN));
        open.put(transaction, new Open(repeats ? before.since : now, null));
    }

    /** Registers a synchronization, because Spring does not tell listeners of every end. */
    @Override
    public void afterBegin(TransactionExecution transaction, @Nullable Throwable beginFailure) {
        if (beginFailure != null) {
            open.remove(transaction);
        } else if (open.containsKey(transaction) && TransactionSynchronizationManager.isSynchronizationActive()) {
            TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                @Override
                public void afterCompletion(int status) {
                    end(transaction, status != STATUS_COMMITTED);
                }
            });
        }
    }

    @Override
    public void afterCommit(TransactionExecution transaction, @Nullable Throwable commitFailure) {
        end(transaction, commitFailure != null);
    }

    @Override
    public void afterRollback(TransactionExecution transaction, @Nullable Throwable rollbackFailure) {
        end(transaction, true);
    }

    private void end(TransactionExecution transaction, boolean rolledBackNow) {
        Open ended = open.get(transaction);
        if (ended == null) {
            return;
        }
        if (!rolledBackNow) {
            open.remove(transaction);
        } else if (ended.rolledBackAt == null) {
            Open kept = new Open(ended.since, clock.instant());
            open.put(transaction, kept);
            ROLLED_BACK.set(kept);
            forgetRolledBack();
        }
    }
}
