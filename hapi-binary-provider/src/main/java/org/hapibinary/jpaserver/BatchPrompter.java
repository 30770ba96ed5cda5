/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import ca.uhn.fhir.batch2.api.IJobMaintenanceService;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.hapibinary.catalog.ExportCatalog;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Has HAPI's batch engine look what to do next when there may be something: when an export is kicked off, when a chunk has
 * ended here, and every few seconds while exports run, since other servers' chunks end too. HAPI itself looks once a minute.
 * Without running exports this only asks the catalog whether there are any.
 */
public final class BatchPrompter implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(BatchPrompter.class);

    /** Between two passes at least, and so many times the length of the last one: a pass looks at all jobs. */
    private static final Duration PAUSE = Duration.ofMillis(100);

    private static final int PAUSE_FACTOR = 3;

    /** A server with idle threads looks more often for what it can take over from others. */
    private static final Duration IDLE_INTERVAL = Duration.ofMillis(500);

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final IJobMaintenanceService maintenance;
    private final ExportCatalog catalog;
    private final BooleanSupplier share;
    private final Duration interval;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition prompted = lock.newCondition();
    private boolean isPrompted;
    private boolean isIdle;
    private @Nullable Thread thread;

    /**
     * @param maintenance HAPI's
     * @param catalog knows whether exports run
     * @param share takes over work of other servers; is called before each pass, and says whether there are idle threads
     * @param interval between two looks while nothing is heard
     */
    public BatchPrompter(
            IJobMaintenanceService maintenance, ExportCatalog catalog, BooleanSupplier share, Duration interval) {
        this.maintenance = maintenance;
        this.catalog = catalog;
        this.share = share;
        this.interval = interval;
    }

    /** Has the engine look soon; does not wait for it. */
    public void prompt() {
        lock.lock();
        try {
            isPrompted = true;
            prompted.signal();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public synchronized void start() {
        Thread started = new Thread(this::run, "hapi-binary-batch");
        started.setDaemon(true);
        thread = started;
        started.start();
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                awaitPrompt();
                Thread.sleep(look());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitPrompt() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long nanos = (isIdle && IDLE_INTERVAL.compareTo(interval) < 0 ? IDLE_INTERVAL : interval).toNanos();
            while (!isPrompted && nanos > 0) {
                nanos = prompted.awaitNanos(nanos);
            }
            isPrompted = false;
        } finally {
            lock.unlock();
        }
    }

    /** @return how many milliseconds to wait before the next look */
    private long look() {
        long began = System.nanoTime();
        try {
            boolean isRunning = catalog.hasRunning();
            isIdle = isRunning && share.getAsBoolean();
            if (isRunning) {
                maintenance.runMaintenancePass();
            }
        } catch (RuntimeException e) {
            log.warn("HAPI's batch engine could not be prompted; it is tried again in {}", interval, e);
        }
        long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
        return Math.max(PAUSE.toMillis(), PAUSE_FACTOR * took);
    }

    @Override
    public synchronized void stop() {
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

    @Override
    public synchronized boolean isRunning() {
        return thread != null;
    }
}
