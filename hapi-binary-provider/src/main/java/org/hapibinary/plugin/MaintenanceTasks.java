/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.plugin;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.catalog.maintenance.CatalogHome;
import org.hapibinary.catalog.maintenance.CheckedFiles;
import org.hapibinary.catalog.maintenance.ErasureQueue;
import org.hapibinary.catalog.operator.HeldClientRows;
import org.hapibinary.download.Download;
import org.hapibinary.lifecycle.ContentCheck;
import org.hapibinary.lifecycle.OrphanCheck;
import org.hapibinary.lifecycle.PeriodicTasks.Task;
import org.hapibinary.lifecycle.StoreBinding;
import org.hapibinary.lifecycle.Sweep;
import org.hapibinary.observability.ActivityRecorder;
import org.hapibinary.observability.DownloadRecorder;
import org.hapibinary.storage.ContentStore;

/** The periodic tasks of every server, whichever engine exports. */
final class MaintenanceTasks {

    /** The name of the sweep among the tasks. */
    static final String SWEEP = "The sweep";

    private static final Duration HEARTBEAT_INTERVAL = Duration.ofSeconds(10);
    private static final Duration FLUSH_INTERVAL = Duration.ofSeconds(10);
    private static final Duration LONGEST_ORPHAN_INTERVAL = Duration.ofMinutes(30);
    private static final Duration CHECK_INTERVAL = Duration.ofMinutes(1);

    private final CatalogDatabase database;
    private final ContentStore store;
    private final Clock clock;

    /**
     * @param database the catalog's
     * @param store has the content
     * @param clock what intervals are measured by
     */
    MaintenanceTasks(CatalogDatabase database, ContentStore store, Clock clock) {
        this.database = database;
        this.store = store;
        this.clock = clock;
    }

    /** Erases what has expired, was deleted or was left over. */
    Task sweep(Sweep sweep, Duration interval) {
        return new Task(SWEEP, sweep::run, interval);
    }

    /**
     * Tells other servers what this one sends: no server erases a file that is being read. Cuts off downloads that go
     * on for too long after the expiry, and those of clients on hold.
     *
     * @param download sends attachments too
     * @param afterExpiry how long a download may go on after its export has expired or ended
     */
    Task readHeartbeat(Download download, Duration afterExpiry) {
        ErasureQueue erasures = new ErasureQueue(database);
        HeldClientRows held = new HeldClientRows(database);
        return new Task(
                "The heartbeat of downloads",
                goesOn -> {
                    Instant before = clock.instant().minus(afterExpiry);
                    store.cutOff(erasures.overdue(store.inUse(), before));
                    store.cutOff(held.filesOfHeld(store.inUse()));
                    download.cutOffAttachments(exports -> erasures.overdueExports(exports, before));
                    download.cutOffAttachments(held::exportsOfHeld);
                    download.endStalled();
                    erasures.showReading(store.inUse());
                },
                HEARTBEAT_INTERVAL);
    }

    /**
     * Ends downloads of which nothing is taken.
     *
     * @param longestStall after how long
     */
    Task watch(Download download, Duration longestStall) {
        Duration interval = longestStall.dividedBy(2);
        return new Task(
                "The watch over downloads",
                goesOn -> download.endStalled(),
                interval.compareTo(CHECK_INTERVAL) < 0 ? interval : CHECK_INTERVAL);
    }

    /**
     * Compares stored content with what was written.
     *
     * @param bytesPerSecond that are read at most
     * @param interval between two checks of one file
     */
    Task contentCheck(DownloadRecorder recorder, long bytesPerSecond, Duration interval) {
        ContentCheck check =
                new ContentCheck(new CheckedFiles(database), store, recorder, bytesPerSecond, interval, clock);
        return new Task("The check of content", check::run, CHECK_INTERVAL);
    }

    /**
     * Erases content without a row, on one server in each interval. The task runs more often than that and looks
     * whether it is time, so that a server that has just started does not begin it again.
     */
    Task orphanCheck(OrphanCheck check, Duration interval) {
        CatalogHome home = new CatalogHome(database);
        return new Task(
                "The search for orphans",
                goesOn -> {
                    if (home.beginOrphanCheck(interval)) {
                        check.run(goesOn);
                    }
                },
                interval.compareTo(LONGEST_ORPHAN_INTERVAL) < 0 ? interval : LONGEST_ORPHAN_INTERVAL);
    }

    /** Adds what this server has counted to the counts of all servers. */
    Task activity(ActivityRecorder recorder) {
        return new Task("The count of downloads and refusals", goesOn -> recorder.flush(), FLUSH_INTERVAL);
    }

    /** The mark by which catalog and store know each other. */
    Task mark(StoreBinding binding) {
        return new Task("The change of the store's mark", goesOn -> binding.change(), StoreBinding.CHANGE_INTERVAL);
    }
}
