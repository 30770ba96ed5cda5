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
import org.hapibinary.problem.DatabaseOutage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the changes of many requests in one transaction each time: what comes while one is being committed is written
 * with the next. So hundreds of downloads that begin in the same moment cost some commits, not hundreds. The changes of
 * one event are written in the order in which they come.
 */
final class GroupedWrites {

    private static final Logger log = LoggerFactory.getLogger(GroupedWrites.class);

    private static final int MOST_AT_ONCE = 500;
    private static final int MOST_WAITING = 20_000;
    private static final long LOOK_MILLIS = 200;
    private static final long LONGEST_SECONDS = 10;
    private static final Duration BETWEEN_RENEWALS = Duration.ofSeconds(5);

    private final AuditRows rows;
    private final BlockingQueue<Waiting> waiting = new LinkedBlockingQueue<>(MOST_WAITING);

    /** Written with what somebody waits for, or soon: each wake-up of the writer costs as much as a small download. */
    private final BlockingQueue<AuditRows.Change> unhurried = new LinkedBlockingQueue<>(MOST_WAITING);

    private final BlockingQueue<AuditRows.Change> unsaved = new LinkedBlockingQueue<>(MOST_WAITING);
    private volatile boolean databaseIsDown;

    /** @param done completed when it has been tried; null if nobody waits for that, and it must not be lost */
    private record Waiting(AuditRows.Change change, @Nullable CompletableFuture<Void> done) {}

    GroupedWrites(AuditRows rows) {
        this.rows = rows;
    }

    /**
     * Writes a change, and returns when it is committed or cannot be; it may be written later nevertheless. Nobody
     * waits while the database is known to be down, or longer than {@value #LONGEST_SECONDS} seconds.
     */
    void write(AuditRows.Change change) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        if (!databaseIsDown && waiting.offer(new Waiting(change, done))) {
            await(done);
        }
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
     * Writes a change with the next one that somebody waits for, or after {@value #LOOK_MILLIS} ms without one. If the
     * database is down, it is kept in memory until it is up again.
     */
    void later(AuditRows.Change change) {
        if (!unhurried.offer(change)) {
            keep(change);
        }
    }

    /** Writes what comes, and renews this server's leases, until it is to stop and nothing is left. */
    void run(BooleanSupplier goesOn) {
        long renewed = System.nanoTime();
        while (goesOn.getAsBoolean() || !waiting.isEmpty() || !unhurried.isEmpty()) {
            try {
                writeSome();
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

    private void writeSome() throws InterruptedException {
        List<Waiting> some = new ArrayList<>();
        long millis = unhurried.size() < MOST_AT_ONCE ? LOOK_MILLIS : 0;
        Waiting first = waiting.poll(millis, TimeUnit.MILLISECONDS);
        if (first != null) {
            some.add(first);
        }
        if (waiting.size() < MOST_AT_ONCE) {
            List<AuditRows.Change> besides = new ArrayList<>();
            unhurried.drainTo(besides, MOST_AT_ONCE);
            waiting.drainTo(some); // all that the others follow
            besides.forEach(change -> some.add(new Waiting(change, null)));
        } else {
            waiting.drainTo(some, MOST_AT_ONCE - 1);
        }
        if (!some.isEmpty()) {
            try {
                write(some);
            } finally {
                some.forEach(GroupedWrites::end);
            }
        }
    }

    private static void end(Waiting tried) {
        if (tried.done != null) {
            tried.done.complete(null);
        }
    }

    private void write(List<Waiting> some) {
        if (areWritten(some.stream().map(Waiting::change).toList())) {
            return;
        }
        if (some.size() > 1 && !databaseIsDown) {
            some.forEach(one -> write(List.of(one))); // one that cannot be stored must not keep others from it
        } else {
            some.stream().filter(one -> one.done == null).forEach(one -> fail(one.change));
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
        while (!databaseIsDown && unsaved.drainTo(some, MOST_AT_ONCE) > 0) {
            write(some.stream().map(change -> new Waiting(change, null)).toList());
            some.clear();
        }
    }
}
