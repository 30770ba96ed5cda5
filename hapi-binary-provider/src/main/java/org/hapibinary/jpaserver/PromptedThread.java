/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.hapibinary.jpaserver.reading.OutOfMemory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A thread that runs a look when it is prompted, and after a while in any case. */
final class PromptedThread {

    private static final Logger log = LoggerFactory.getLogger(PromptedThread.class);

    private static final Duration LEAST_PAUSE = Duration.ofMillis(100);

    /** After a shorter look, the thread pauses only as long as the look took. */
    private static final Duration SHORT_LOOK = Duration.ofMillis(500);

    private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final String name;
    private final int pauseFactor;
    private final Look look;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition prompted = lock.newCondition();
    private boolean isPrompted;
    private volatile @Nullable Thread thread;

    /**
     * @param name of the thread
     * @param pauseFactor the minimum pause after a look that was not short, as a multiple of its duration
     */
    PromptedThread(String name, int pauseFactor, Look look) {
        this.name = name;
        this.pauseFactor = pauseFactor;
        this.look = look;
    }

    /** The work of the thread. */
    interface Look {

        /** @return after how long to look again without a prompt */
        Duration look();
    }

    /** Requests a look and returns immediately. */
    void prompt() {
        lock.lock();
        try {
            isPrompted = true;
            prompted.signal();
        } finally {
            lock.unlock();
        }
    }

    synchronized void start() {
        Thread started = new Thread(this::run, name);
        started.setDaemon(true);
        thread = started;
        started.start();
    }

    private void run() {
        try {
            Duration next = Duration.ZERO;
            while (isWanted()) {
                next = lookAfter(next);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** @return after how long to look again without a prompt */
    private Duration lookAfter(Duration atMost) throws InterruptedException {
        try {
            if (!awaitPrompt(atMost)) {
                return atMost;
            }
            long began = System.nanoTime();
            Duration next = look.look();
            pause(Duration.ofNanos(System.nanoTime() - began));
            return next;
        } catch (RuntimeException | Error e) {
            // after an OutOfMemoryError, logging may fail too; the thread continues nonetheless
            OutOfMemory.log(() -> log.warn("{} failed; it is tried again in {}", name, AFTER_FAILURE, e));
            return AFTER_FAILURE;
        }
    }

    /** @return false if the thread must end */
    private boolean awaitPrompt(Duration atMost) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long nanos = atMost.toNanos();
            while (isWanted() && !isPrompted && nanos > 0) {
                nanos = prompted.awaitNanos(nanos);
            }
            isPrompted = false;
            return isWanted();
        } finally {
            lock.unlock();
        }
    }

    private void pause(Duration afterALookOf) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            int factor = afterALookOf.compareTo(SHORT_LOOK) < 0 ? 1 : pauseFactor;
            long nanos = Math.max(LEAST_PAUSE.toNanos(), afterALookOf.toNanos() * factor);
            while (isWanted() && nanos > 0) {
                nanos = prompted.awaitNanos(nanos);
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean isWanted() {
        return thread == Thread.currentThread();
    }

    /**
     * Stops the thread after its present look. Interrupts only a look that takes too long, because an embedded H2
     * closes its database when a thread is interrupted while it reads a file.
     */
    synchronized void stop() {
        Thread stopped = thread;
        thread = null;
        if (stopped != null) {
            prompt();
            try {
                stopped.join(PATIENCE.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            stopped.interrupt();
        }
    }

    synchronized boolean isRunning() {
        return thread != null;
    }
}
