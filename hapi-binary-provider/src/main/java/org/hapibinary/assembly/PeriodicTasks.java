/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.assembly;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/** Runs the periodic tasks while the server runs. */
public final class PeriodicTasks implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(PeriodicTasks.class);

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final List<Task> tasks;
    private @Nullable ScheduledExecutorService executor;

    /** @param tasks run by a thread each */
    public PeriodicTasks(List<Task> tasks) {
        this.tasks = List.copyOf(tasks);
    }

    /**
     * @param name for the log, as the subject of a sentence
     * @param work may throw whatever it likes; it is tried again then
     * @param interval between the end of one run and the start of the next
     */
    public record Task(String name, Runnable work, Duration interval) {

        void run() {
            try {
                work.run();
            } catch (Throwable e) {
                log.error("{} failed; it is tried again in {}", name, interval, e);
            }
        }
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // a task never throws
    public synchronized void start() {
        ScheduledExecutorService started = Executors.newScheduledThreadPool(tasks.size(), task -> {
            Thread thread = new Thread(task, "hapi-binary-periodic");
            thread.setDaemon(true);
            return thread;
        });
        for (Task task : tasks) {
            started.scheduleWithFixedDelay(task::run, 0, task.interval().toMillis(), TimeUnit.MILLISECONDS);
        }
        executor = started;
    }

    /** Runs a task now, beside its turns, without waiting for it. Does nothing unless the server is running. */
    public synchronized void runSoon(String name) {
        if (executor != null) {
            tasks.stream().filter(task -> task.name().equals(name)).forEach(task -> executor.execute(task::run));
        }
    }

    @Override
    public synchronized void stop() {
        if (executor != null) {
            executor.shutdownNow();
            awaitEnd(executor);
            executor = null;
        }
    }

    /** What they work on is closed next. */
    private static void awaitEnd(ScheduledExecutorService stopped) {
        try {
            if (!stopped.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                log.warn("A task is still at work after {}; it is left alone", PATIENCE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return executor != null;
    }
}
