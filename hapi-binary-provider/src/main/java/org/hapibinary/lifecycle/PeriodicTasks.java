/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.lifecycle;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Runs the periodic tasks while the server runs, each on a thread of its own: one that takes long keeps none of the
 * others waiting, heartbeats least of all.
 */
public final class PeriodicTasks implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(PeriodicTasks.class);

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final List<Task> tasks;
    private volatile List<Turns> running = List.of();

    /** @param tasks run by a thread each */
    public PeriodicTasks(List<Task> tasks) {
        this.tasks = List.copyOf(tasks);
    }

    /** What is done again and again. */
    @FunctionalInterface
    public interface Work {

        /**
         * May throw whatever it likes; it is run again then.
         *
         * @param goesOn false from the moment that the server stops. Work that takes long is to ask for it: its thread
         *     is not interrupted, because that would close an H2 database for everybody who is still being served
         */
        void run(BooleanSupplier goesOn);
    }

    /**
     * @param name for the log, as the subject of a sentence
     * @param interval between the end of one run and the start of the next
     */
    public record Task(String name, Work work, Duration interval) {}

    @Override
    public synchronized void start() {
        if (!isRunning()) {
            List<Turns> started = new ArrayList<>();
            tasks.forEach(task -> started.add(new Turns(task)));
            started.forEach(turns -> turns.thread.start());
            running = started;
        }
    }

    /**
     * Runs a task once more as soon as it is not running, without waiting for that; asked for several times until then,
     * it is run once. Does nothing unless the server is running.
     */
    public void runSoon(String name) {
        running.stream().filter(turns -> turns.task.name().equals(name)).forEach(turns -> turns.wanted.release());
    }

    /** Waits for what is being done: what it works on is closed next. */
    @Override
    public synchronized void stop() {
        running.forEach(Turns::stop);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        try {
            for (Turns turns : running) {
                turns.awaitEnd(deadline);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        running = List.of();
    }

    @Override
    public boolean isRunning() {
        return !running.isEmpty();
    }

    /** One task and its thread. */
    private static final class Turns {

        private final Task task;
        private final Semaphore wanted = new Semaphore(1);
        private final Thread thread;
        private volatile boolean stopped;

        Turns(Task task) {
            this.task = task;
            this.thread = new Thread(this::run, "hapi-binary " + task.name());
            this.thread.setDaemon(true);
        }

        private void run() {
            try {
                while (!stopped) {
                    if (wanted.tryAcquire(task.interval().toMillis(), TimeUnit.MILLISECONDS)) {
                        wanted.drainPermits();
                    }
                    if (!stopped) {
                        runOnce();
                    }
                }
            } catch (InterruptedException e) {
                log.debug("{} is not run any more: somebody has interrupted its thread", task.name(), e);
            }
        }

        private void runOnce() {
            try {
                task.work().run(() -> !stopped);
            } catch (Throwable e) {
                log.error("{} failed; it is tried again in {}", task.name(), task.interval(), e);
            }
        }

        void stop() {
            stopped = true;
            wanted.release();
        }

        void awaitEnd(long deadline) throws InterruptedException {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            thread.join(Math.max(left, 1));
            if (thread.isAlive()) {
                log.warn("{} is still at work after {}; it is left alone", task.name(), PATIENCE);
            }
        }
    }
}
