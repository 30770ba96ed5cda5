/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.hapibinary.catalog.ExportCatalog;
import org.springframework.context.SmartLifecycle;

/**
 * Has HAPI's batch engine look what to do next when there may be something: when an export is kicked off, when a chunk
 * has ended here, and every few seconds while exports run, since other servers' chunks end too. HAPI itself looks once
 * a minute. Beside it, this server takes its share of what other servers have queued. Without running exports this only
 * asks the catalog whether there are any.
 */
final class BatchPrompter implements SmartLifecycle {

    /** A pass looks at all chunks of running exports. */
    private static final int PASS_PAUSE_FACTOR = 3;

    private static final int SHARE_PAUSE_FACTOR = 1;

    /** While exports run, a server with idle threads looks more often for what it can take over from others. */
    private static final Duration IDLE_INTERVAL = Duration.ofMillis(500);

    /** While none runs, it asks whether there is one: an export that another server has kicked off is soon shared. */
    private static final Duration CATALOG_INTERVAL = Duration.ofSeconds(1);

    private final RunningJobs jobs;
    private final ExportCatalog catalog;
    private final BooleanSupplier share;
    private final Duration interval;
    private final PromptedThread passes = new PromptedThread("hapi-binary-batch", PASS_PAUSE_FACTOR, this::pass);
    private final PromptedThread shares = new PromptedThread("hapi-binary-share", SHARE_PAUSE_FACTOR, this::share);

    /**
     * @param jobs of running exports
     * @param catalog knows whether exports run
     * @param share takes over work of other servers; says whether there are idle threads
     * @param interval between two looks at most
     */
    public BatchPrompter(RunningJobs jobs, ExportCatalog catalog, BooleanSupplier share, Duration interval) {
        this.jobs = jobs;
        this.catalog = catalog;
        this.share = share;
        this.interval = interval;
    }

    /** Has the engine look soon; does not wait for it. */
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
