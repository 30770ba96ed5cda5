/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A thread that looks whether there is something to do: when it is prompted, and after a while in any case. */
final class PromptedThread {

    private static final Logger log = LoggerFactory.getLogger(PromptedThread.class);

    private static final Duration LEAST_PAUSE = Duration.ofMillis(100);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final String name;
    private final int pauseFactor;
    private final Look look;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition prompted = lock.newCondition();
    private boolean isPrompted;
    private @Nullable Thread thread;

    /**
     * @param name of the thread
     * @param pauseFactor how many times as long as a look the thread pauses after it at least
     */
    PromptedThread(String name, int pauseFactor, Look look) {
        this.name = name;
        this.pauseFactor = pauseFactor;
        this.look = look;
    }

    /** What is done. */
    interface Look {

        /** @return after how long to look again when nothing prompts */
        Duration look();
    }

    /** Has the thread look soon; does not wait for it. */
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
            while (!Thread.currentThread().isInterrupted()) {
                awaitPrompt(next);
                long began = System.nanoTime();
                next = lookOnce();
                Duration took = Duration.ofNanos(System.nanoTime() - began);
                Thread.sleep(Math.max(LEAST_PAUSE.toMillis(), took.toMillis() * pauseFactor));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitPrompt(Duration atMost) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long nanos = atMost.toNanos();
            while (!isPrompted && nanos > 0) {
                nanos = prompted.awaitNanos(nanos);
            }
            isPrompted = false;
        } finally {
            lock.unlock();
        }
    }

    private Duration lookOnce() {
        try {
            return look.look();
        } catch (RuntimeException | Error e) {
            log.warn("{} failed; it is tried again in {}", name, AFTER_FAILURE, e);
            return AFTER_FAILURE;
        }
    }

    synchronized void stop() {
        Thread stopped = thread;
        thread = null;
        if (stopped != null) {
            stopped.interrupt();
            try {
                stopped.join(PATIENCE.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    synchronized boolean isRunning() {
        return thread != null;
    }
}
