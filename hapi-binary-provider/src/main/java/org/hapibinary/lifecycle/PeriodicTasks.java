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
 * Runs the maintenance tasks while the server is up. Each has a thread of its own, so that a long run delays no other
 * task, in particular no heartbeat.
 */
public final class PeriodicTasks implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(PeriodicTasks.class);

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** Spring Boot stops the web server itself 2048 below the default. */
    private static final int AFTER_DOWNLOADS = 1_536;

    private final List<Task> tasks;
    private volatile List<Turns> running = List.of();

    /** @param tasks the tasks to run, each on its own thread */
    public PeriodicTasks(List<Task> tasks) {
        this.tasks = List.copyOf(tasks);
    }

    /** The work of a task. */
    @FunctionalInterface
    public interface Work {

        /**
         * Runs once. An exception is logged, and the next run happens as usual.
         *
         * @param goesOn false once the server stops. Long work must check it: the thread is not interrupted, because
         *     an interrupt would close an embedded H2 database for requests that are still being served
         */
        void run(BooleanSupplier goesOn);
    }

    /**
     * @param name the subject of a sentence in the log
     * @param work what to run
     * @param interval the time between the end of one run and the start of the next
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
     * Starts an extra run of a task as soon as its present run has ended, and returns immediately. Several calls before
     * the extra run begins have the effect of one. Does nothing unless the server is running.
     */
    public void runSoon(String name) {
        running.stream().filter(turns -> turns.task.name().equals(name)).forEach(turns -> turns.wanted.release());
    }

    /** Waits for the present runs, because the database and the store are closed next. */
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

    /**
     * Spring stops higher phases first. Heartbeats go on until the engine's own threads have stopped, and until the
     * downloads have ended for which Spring Boot's graceful shutdown waits, 1024 below the default.
     */
    @Override
    public int getPhase() {
        return DEFAULT_PHASE - AFTER_DOWNLOADS;
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
