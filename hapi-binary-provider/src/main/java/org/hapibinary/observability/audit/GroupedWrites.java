/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability.audit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.hapibinary.catalog.audit.AuditRows;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the changes of many requests in one transaction each time: what comes while one is being committed is written
 * with the next. So hundreds of downloads that begin in the same moment cost some commits, not hundreds.
 */
final class GroupedWrites {

    private static final Logger log = LoggerFactory.getLogger(GroupedWrites.class);

    private static final int MOST_AT_ONCE = 500;
    private static final int MOST_WAITING = 20_000;
    private static final long LOOK_MILLIS = 200;
    private static final long LONGEST_SECONDS = 30;
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

    private final Consumer<List<AuditRows.Change>> write;
    private final BlockingQueue<Waiting> waiting = new LinkedBlockingQueue<>(MOST_WAITING);
    private volatile @Nullable Long failedAt;

    private record Waiting(AuditRows.Change change, CompletableFuture<Boolean> done) {}

    /** @param write commits changes in one transaction */
    GroupedWrites(Consumer<List<AuditRows.Change>> write) {
        this.write = write;
    }

    /**
     * Writes a change and returns when it is committed. Does not try while the database has just failed: requests would
     * wait for it one after the other.
     *
     * @return false if it could not be written, or not in time
     */
    boolean write(AuditRows.Change change) {
        Long failed = failedAt;
        if (failed != null && System.nanoTime() - failed < AFTER_FAILURE.toNanos()) {
            return false;
        }
        return added(change)
                .completeOnTimeout(false, LONGEST_SECONDS, TimeUnit.SECONDS)
                .join();
    }

    /** Writes a change soon. Waits if thousands of others are waiting already. */
    void later(AuditRows.Change change) {
        CompletableFuture<Boolean> unused = added(change);
    }

    private CompletableFuture<Boolean> added(AuditRows.Change change) {
        Waiting added = new Waiting(change, new CompletableFuture<>());
        try {
            waiting.put(added);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            added.done.complete(false);
        }
        return added.done;
    }

    /** Writes what comes, until it is to stop and nothing is left. */
    void run(BooleanSupplier goesOn) {
        List<Waiting> some = new ArrayList<>();
        while (goesOn.getAsBoolean() || !waiting.isEmpty()) {
            some.clear();
            try {
                Waiting first = waiting.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                if (first != null) {
                    some.add(first);
                    waiting.drainTo(some, MOST_AT_ONCE - 1);
                    boolean written = isWritten(some);
                    some.forEach(one -> one.done.complete(written));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private boolean isWritten(List<Waiting> some) {
        try {
            write.accept(some.stream().map(Waiting::change).toList());
            failedAt = null;
            return true;
        } catch (RuntimeException e) {
            failedAt = System.nanoTime();
            log.debug("Changes of audit events, {} in number, could not be written", some.size(), e);
            return false;
        }
    }
}
