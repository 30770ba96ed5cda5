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
 * comes while nobody writes does so in its own thread: each wake-up of another one costs as much as a small download.
 * What follows an event is never written before it.
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
     * waits while the database is known to be down, nor longer than {@value #LONGEST_SECONDS} seconds for another
     * thread. A transaction of the caller's own takes what it takes, which is the pool's timeout if there is no
     * connection.
     */
    void write(AuditRows.Change change) {
        if (databaseIsDown) {
            return;
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        List<Waiting> alone = List.of(new Waiting(change, done));
        if (mayWriteItself() && queue.beginTurnAlone()) {
            writeTaken(alone);
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
     * Writes a change in the writer's next turn, {@value QueuedWrites#LOOK_MILLIS} ms from now at the latest. If the
     * database is down, it is kept in memory until it is up again.
     */
    void later(AuditRows.Change change) {
        if (!queue.addUnhurried(change)) {
            keep(change);
        }
    }

    /** Writes what comes, and renews this server's leases, until it is to stop and nothing is left. */
    void run(BooleanSupplier goesOn) {
        long renewed = System.nanoTime();
        while (goesOn.getAsBoolean() || !queue.isDone()) {
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

    private enum Outcome {
        WRITTEN,
        REFUSED,
        DATABASE_IS_DOWN
    }

    private Outcome write(List<Waiting> some) {
        Outcome outcome = tryToWrite(some.stream().map(Waiting::change).toList());
        if (outcome == Outcome.REFUSED && some.size() > 1) {
            return writeOneByOne(some);
        }
        if (outcome != Outcome.WRITTEN) {
            some.forEach(one -> fail(one, outcome));
        }
        return outcome;
    }

    /** One that cannot be stored must not keep others from it. */
    private Outcome writeOneByOne(List<Waiting> some) {
        Outcome last = Outcome.WRITTEN;
        for (Waiting one : some) {
            if (last == Outcome.DATABASE_IS_DOWN) {
                fail(one, last);
            } else {
                last = write(List.of(one));
            }
        }
        return last;
    }

    private Outcome tryToWrite(List<AuditRows.Change> changes) {
        try {
            rows.write(changes);
            databaseIsDown = false;
            return Outcome.WRITTEN;
        } catch (Throwable e) {
            log.debug("Changes of audit events, {} in number, could not be written", changes.size(), e);
            boolean isDown = DatabaseOutage.isIn(e);
            databaseIsDown = isDown && !Thread.currentThread().isInterrupted(); // which looks the same
            return isDown ? Outcome.DATABASE_IS_DOWN : Outcome.REFUSED;
        }
    }

    private void fail(Waiting one, Outcome why) {
        if (one.done() != null) {
            return; // its event is delivered nevertheless
        }
        if (why == Outcome.DATABASE_IS_DOWN) {
            keep(one.change());
        } else {
            lost(one.change());
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
        Outcome outcome = Outcome.WRITTEN;
        while (outcome != Outcome.DATABASE_IS_DOWN && unsaved.drainTo(some, QueuedWrites.MOST_AT_ONCE) > 0) {
            outcome =
                    write(some.stream().map(change -> new Waiting(change, null)).toList());
            some.clear();
        }
    }
}
