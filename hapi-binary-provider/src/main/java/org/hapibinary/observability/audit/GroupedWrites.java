/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability.audit;

import com.google.common.util.concurrent.Uninterruptibles;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.hapibinary.catalog.audit.AuditRows;
import org.hapibinary.observability.audit.QueuedWrites.Waiting;
import org.hapibinary.problem.DatabaseOutage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Writes the changes of many requests in one transaction each time: what comes while one is being committed is written
 * with the next. So hundreds of downloads that begin in the same moment cost some commits, not hundreds. A request that
 * comes alone writes its change in its own thread: each wake-up of another one costs as much as a small download. The
 * changes of one event are written in the order in which they come.
 */
final class GroupedWrites {

    private static final Logger log = LoggerFactory.getLogger(GroupedWrites.class);

    private static final int MOST_UNSAVED = 20_000;
    private static final long LONGEST_SECONDS = 10;
    private static final Duration BETWEEN_RENEWALS = Duration.ofSeconds(5);

    private final AuditRows rows;
    private final QueuedWrites queue = new QueuedWrites();
    private final BlockingQueue<AuditRows.Change> unsaved = new LinkedBlockingQueue<>(MOST_UNSAVED);
    private volatile boolean databaseIsDown;

    GroupedWrites(AuditRows rows) {
        this.rows = rows;
    }

    /**
     * Writes a change, and returns when it is committed or cannot be; it may be written later nevertheless. Nobody
     * waits while the database is known to be down, or longer than {@value #LONGEST_SECONDS} seconds for the
     * transaction of another thread.
     */
    void write(AuditRows.Change change) {
        if (databaseIsDown) {
            return;
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        if (mayWriteItself() && queue.beginTurnAlone()) {
            writeTaken(List.of(new Waiting(change, done)));
        } else if (queue.add(change, done)) {
            await(done);
        }
    }

    /**
     * Not in a transaction: who waits for a second connection while it holds one may wait for itself. Nor if it is
     * interrupted, which can end a connection.
     */
    private static boolean mayWriteItself() {
        return !TransactionSynchronizationManager.isActualTransactionActive()
                && !Thread.currentThread().isInterrupted();
    }

    private static void await(CompletableFuture<Void> done) {
        try {
            Uninterruptibles.getUninterruptibly(done, LONGEST_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            log.debug("The database takes long to write an audit event; nobody waits for it any more");
        } catch (ExecutionException e) {
            throw new IllegalStateException(e); // it is completed normally only
        }
    }

    /**
     * Writes a change with those that others wait for, or within {@value QueuedWrites#LOOK_MILLIS} ms. If the database
     * is down, it is kept in memory until it is up again.
     */
    void later(AuditRows.Change change) {
        if (!queue.addUnhurried(change)) {
            keep(change);
        }
    }

    /** Writes what comes, and renews this server's leases, until it is to stop and nothing is left. */
    void run(BooleanSupplier goesOn) {
        long renewed = System.nanoTime();
        while (goesOn.getAsBoolean() || !queue.isEmpty()) {
            try {
                List<Waiting> some = queue.beginTurn();
                if (!some.isEmpty()) {
                    writeTaken(some);
                }
                if (System.nanoTime() - renewed >= BETWEEN_RENEWALS.toNanos()) {
                    renewed = System.nanoTime();
                    renew();
                }
            } catch (InterruptedException e) {
                log.debug("Somebody has interrupted the writes of audit events; they go on", e);
            } catch (Throwable e) {
                log.warn("A write of audit events failed", e);
            }
        }
        save();
        unsaved.forEach(GroupedWrites::lost);
    }

    private void writeTaken(List<Waiting> some) {
        try {
            write(some);
        } finally {
            queue.endTurn();
            some.forEach(Waiting::end);
        }
    }

    private void write(List<Waiting> some) {
        if (areWritten(some.stream().map(Waiting::change).toList())) {
            return;
        }
        if (some.size() > 1 && !databaseIsDown) {
            some.forEach(one -> write(List.of(one))); // one that cannot be stored must not keep others from it
        } else {
            some.stream().filter(one -> one.done() == null).forEach(one -> fail(one.change()));
        }
    }

    private boolean areWritten(List<AuditRows.Change> changes) {
        try {
            rows.write(changes);
            databaseIsDown = false;
            return true;
        } catch (Throwable e) {
            databaseIsDown = DatabaseOutage.isIn(e);
            log.debug("Changes of audit events, {} in number, could not be written", changes.size(), e);
            return false;
        }
    }

    private void fail(AuditRows.Change change) {
        if (databaseIsDown) {
            keep(change);
        } else {
            lost(change);
        }
    }

    private void keep(AuditRows.Change change) {
        if (!unsaved.offer(change)) {
            lost(change);
        }
    }

    private static void lost(AuditRows.Change change) {
        if (change instanceof AuditRows.Keep kept) {
            log.error(
                    "An audit event can neither be delivered to {} nor stored: {}",
                    kept.row().sinks(),
                    kept.row().event());
        } else {
            log.warn(
                    "A change of an audit event is lost, which may come twice: {}",
                    change.getClass().getSimpleName());
        }
    }

    private void renew() {
        try {
            rows.renew();
            databaseIsDown = false;
            save();
        } catch (RuntimeException e) {
            databaseIsDown = DatabaseOutage.isIn(e);
            log.debug("The leases of audit events could not be renewed", e);
        }
    }

    private void save() {
        List<AuditRows.Change> some = new ArrayList<>();
        while (!databaseIsDown && unsaved.drainTo(some, QueuedWrites.MOST_AT_ONCE) > 0) {
            write(some.stream().map(change -> new Waiting(change, null)).toList());
            some.clear();
        }
    }
}
