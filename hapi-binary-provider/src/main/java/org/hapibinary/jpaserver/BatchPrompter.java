/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.hapibinary.catalog.ExportCatalog;
import org.springframework.context.SmartLifecycle;

/**
 * Prompts HAPI's batch engine to make a pass over the running jobs: after a kick-off, after a chunk has ended on this
 * server, and every few seconds while exports run, because chunks end on other servers too. HAPI itself makes a pass
 * once a minute. On a second thread, this server takes its share of the chunks that other servers have queued. While no
 * export runs, both only query the catalog.
 */
final class BatchPrompter implements SmartLifecycle {

    /** A pass queries all chunks of running exports, so it takes at most a quarter of the time. */
    private static final int PASS_PAUSE_FACTOR = 3;

    private static final int SHARE_PAUSE_FACTOR = 1;

    /** How often a server with idle threads looks for chunks to take over while exports run. */
    private static final Duration IDLE_INTERVAL = Duration.ofMillis(500);

    /** How often a server asks whether an export runs, so that it soon shares one that another server has started. */
    private static final Duration CATALOG_INTERVAL = Duration.ofSeconds(1);

    private final RunningJobs jobs;
    private final ExportCatalog catalog;
    private final BooleanSupplier share;
    private final Duration interval;
    private final PromptedThread passes = new PromptedThread("hapi-binary-batch", PASS_PAUSE_FACTOR, this::pass);
    private final PromptedThread shares = new PromptedThread("hapi-binary-share", SHARE_PAUSE_FACTOR, this::share);

    /**
     * @param jobs the jobs of running exports
     * @param catalog knows whether exports run
     * @param share takes over chunks of other servers; returns whether this server has idle threads
     * @param interval the maximum time between two passes
     */
    public BatchPrompter(RunningJobs jobs, ExportCatalog catalog, BooleanSupplier share, Duration interval) {
        this.jobs = jobs;
        this.catalog = catalog;
        this.share = share;
        this.interval = interval;
    }

    /** Requests a pass and returns immediately. */
    public void prompt() {
        passes.prompt();
        shares.prompt();
    }

    private Duration pass() {
        jobs.advance();
        return interval;
    }

    private Duration share() {
        if (!catalog.hasRunning()) {
            return CATALOG_INTERVAL;
        }
        return share.getAsBoolean() ? IDLE_INTERVAL : interval;
    }

    @Override
    public void start() {
        passes.start();
        shares.start();
    }

    @Override
    public void stop() {
        passes.stop();
        shares.stop();
    }

    @Override
    public boolean isRunning() {
        return passes.isRunning();
    }
}
