/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability.audit;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.hapibinary.catalog.audit.AuditRows;
import org.jspecify.annotations.Nullable;

/**
 * Changes of audit events that are to be written, and whose turn it is: one thread at a time takes a turn. That is the
 * writer, which takes all that has come meanwhile, or a thread whose change comes while nobody else writes or waits.
 */
final class QueuedWrites {

    /** How many changes of one kind are taken at once. */
    static final int MOST_AT_ONCE = 500;

    /** How long an unhurried change stays until the writer takes its turn at the latest. */
    static final long LOOK_MILLIS = 200;

    private static final int MOST_WAITING = 20_000;

    private final Lock lock = new ReentrantLock();

    /** Tells the writer that its turn has come. */
    private final Condition due = lock.newCondition();

    private boolean someoneWrites;

    /** Whether the writer has looked while another thread had its turn, and left unhurried changes. */
    private boolean isOverdue;

    private final Queue<Waiting> waiting = new ArrayDeque<>();
    private final Queue<Waiting> unhurried = new ArrayDeque<>();

    /**
     * A change that is to be written.
     *
     * @param done completed when it has been tried; null if nobody waits for that, and it must not be lost
     */
    record Waiting(AuditRows.Change change, @Nullable CompletableFuture<Void> done) {

        void end() {
            if (done != null) {
                done.complete(null);
            }
        }
    }

    /** Begins the turn of a thread that writes its own change. Returns false if others write, wait or are due. */
    boolean beginTurnAlone() {
        lock.lock();
        try {
            boolean isAlone = !someoneWrites && !isAnythingDue();
            someoneWrites |= isAlone;
            return isAlone;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Begins the writer's turn: waits until something is due, for {@value #LOOK_MILLIS} ms at most, and takes it.
     *
     * @return empty if there is nothing, or it is another thread's turn
     */
    List<Waiting> beginTurn() throws InterruptedException {
        lock.lock();
        try {
            long nanos = TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS);
            while (nanos > 0 && (someoneWrites || !isAnythingDue())) {
                nanos = due.awaitNanos(nanos);
            }
            List<Waiting> taken = someoneWrites ? List.of() : take();
            someoneWrites |= !taken.isEmpty();
            isOverdue = taken.isEmpty() && !unhurried.isEmpty();
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** Takes nothing that is unhurried before the change that it follows, for which somebody may still wait. */
    private List<Waiting> take() {
        List<Waiting> taken = new ArrayList<>();
        boolean areAllTaken = waiting.size() <= MOST_AT_ONCE;
        move(waiting, taken);
        if (areAllTaken) {
            move(unhurried, taken);
        }
        return taken;
    }

    private static void move(Queue<Waiting> from, List<Waiting> to) {
        for (int i = 0; i < MOST_AT_ONCE && !from.isEmpty(); i++) {
            to.add(from.remove());
        }
    }

    void endTurn() {
        lock.lock();
        try {
            someoneWrites = false;
            tellWriter();
        } finally {
            lock.unlock();
        }
    }

    /** Unless somebody writes, who tells the writer afterwards. */
    private void tellWriter() {
        if (!someoneWrites && isAnythingDue()) {
            due.signal();
        }
    }

    private boolean isAnythingDue() {
        return !waiting.isEmpty() || isOverdue || unhurried.size() >= MOST_AT_ONCE;
    }

    /** Adds a change that somebody waits for. Returns false if too many are there. */
    boolean add(AuditRows.Change change, CompletableFuture<Void> done) {
        return add(waiting, new Waiting(change, done));
    }

    /** Adds a change for the writer's next turn. Returns false if too many are there. */
    boolean addUnhurried(AuditRows.Change change) {
        return add(unhurried, new Waiting(change, null));
    }

    private boolean add(Queue<Waiting> queue, Waiting change) {
        lock.lock();
        try {
            boolean isAdded = queue.size() < MOST_WAITING && queue.add(change);
            tellWriter();
            return isAdded;
        } finally {
            lock.unlock();
        }
    }

    /** Whether all that has been added is written. */
    boolean isDone() {
        lock.lock();
        try {
            return !someoneWrites && waiting.isEmpty() && unhurried.isEmpty();
        } finally {
            lock.unlock();
        }
    }
}
