/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import java.time.Clock;
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

/**
 * The transactions of this server that may write and are open, with the moment each was asked for: HAPI dates what
 * it writes by that, and a transaction may wait for a connection before the database knows of it.
 */
public final class OpenTransactions implements TransactionExecutionListener {

    private final Clock clock;
    private final Map<TransactionExecution, Instant> open = Collections.synchronizedMap(new IdentityHashMap<>());

    /** @param clock of this server, which HAPI dates resources by */
    public OpenTransactions(Clock clock) {
        this.clock = clock;
    }

    /** Begins to listen. A transaction manager that has no listeners is left alone: then there is the database's knowledge only. */
    public void listenTo(PlatformTransactionManager transactionManager) {
        if (transactionManager instanceof ConfigurableTransactionManager configurable) {
            configurable.addListener(this);
        }
    }

    /** When the oldest of them was asked for. */
    Optional<Instant> oldest() {
        synchronized (open) {
            return open.values().stream().min(Instant::compareTo);
        }
    }

    @Override
    public void beforeBegin(TransactionExecution transaction) {
        if (!transaction.isReadOnly()) {
            open.put(transaction, clock.instant());
        }
    }

    @Override
    public void afterBegin(TransactionExecution transaction, @Nullable Throwable beginFailure) {
        if (beginFailure != null) {
            open.remove(transaction);
        }
    }

    @Override
    public void afterCommit(TransactionExecution transaction, @Nullable Throwable commitFailure) {
        open.remove(transaction);
    }

    @Override
    public void afterRollback(TransactionExecution transaction, @Nullable Throwable rollbackFailure) {
        open.remove(transaction);
    }
}
