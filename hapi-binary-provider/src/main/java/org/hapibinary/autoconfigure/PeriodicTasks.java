/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.hapibinary.bulkexport.StalledExports;
import org.hapibinary.lifecycle.Sweep;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/** Runs what has to be done now and then, from the start of the server to its end, in one thread of its own. */
final class PeriodicTasks implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(PeriodicTasks.class);

    private final Sweep sweep;
    private final Duration sweepInterval;
    private final StalledExports stalledExports;
    private final Duration stalledAfter;
    private @Nullable ScheduledExecutorService executor;

    PeriodicTasks(Sweep sweep, Duration sweepInterval, StalledExports stalledExports, Duration stalledAfter) {
        this.sweep = sweep;
        this.sweepInterval = sweepInterval;
        this.stalledExports = stalledExports;
        this.stalledAfter = stalledAfter;
    }

    @Override
    public synchronized void start() {
        ScheduledExecutorService started = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "hapi-binary-periodic");
            thread.setDaemon(true);
            return thread;
        });
        schedule(started, "The resumption of stalled exports", stalledExports::resume, stalledAfter.dividedBy(2));
        schedule(started, "The sweep", sweep::run, sweepInterval);
        executor = started;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the task catches and logs what goes wrong in it
    private static void schedule(ScheduledExecutorService executor, String name, Runnable task, Duration interval) {
        executor.scheduleWithFixedDelay(
                () -> {
                    try {
                        task.run();
                    } catch (RuntimeException e) {
                        log.error("{} failed; it is tried again in {}", name, interval, e);
                    }
                },
                0,
                interval.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    @Override
    public synchronized void stop() {
        if (executor != null) {
            executor.shutdownNow();
            executor = null;
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return executor != null;
    }
}
