/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.lifecycle;

import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportEngine;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.catalog.maintenance.ErasureQueue;
import org.hapibinary.catalog.maintenance.ExportRemains;
import org.hapibinary.observability.ErasureRecorder;
import org.hapibinary.storage.ContentStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Erases exports that have expired, failed or were deleted, and discarded files: first the content, then HAPI's job,
 * finally the rows. It works in small batches, records each, and can repeat each step: if a server dies, another one
 * continues where it stopped.
 */
public final class Sweep {

    private static final Logger log = LoggerFactory.getLogger(Sweep.class);
    private static final int FILES_PER_BATCH = 50;
    private static final int ROWS_PER_BATCH = 100;
    private static final int MOST_INTERVALS = 3;

    private final ErasureQueue queue;
    private final ExportRemains ended;
    private final ContentStore store;
    private final ExportEngine engine;
    private final ErasureRecorder recorder;
    private final StoreBinding binding;
    private volatile long succeededAt = System.nanoTime();

    /**
     * @param queue the files to erase
     * @param ended the exports to clean up
     * @param store the store of the content
     * @param engine deletes the exports' jobs
     * @param recorder records failed erasures
     * @param binding whether the store is the catalog's; nothing is erased in another one
     */
    public Sweep(
            ErasureQueue queue,
            ExportRemains ended,
            ContentStore store,
            ExportEngine engine,
            ErasureRecorder recorder,
            StoreBinding binding) {
        this.queue = queue;
        this.ended = ended;
        this.store = store;
        this.engine = engine;
        this.recorder = recorder;
        this.binding = binding;
    }

    /**
     * Erases everything that is due. What cannot be erased is left for a later sweep. Only one sweep of a server runs
     * at a time.
     *
     * @param time whether there is time for more; called often
     */
    public synchronized void run(BooleanSupplier time) {
        BooleanSupplier goesOn = () -> time.getAsBoolean() && binding.holds();
        boolean all = stage("To find out what is due", goesOn, () -> ended.catchUp(ROWS_PER_BATCH) > 0);
        all &= stage(
                "The erasure of files",
                goesOn,
                () -> queue.eraseFiles(store.inUse(), FILES_PER_BATCH, goesOn, this::erase) > 0);
        all &= stage("The end of exports", goesOn, this::lookAtAnExport);
        all &= stage("To count what could not be erased", goesOn, () -> {
            recorder.waiting(queue.failures());
            return false;
        });
        if (all && binding.holds()) {
            succeededAt = System.nanoTime();
        }
    }

    /**
     * How long ago the last sweep of this server ended that did everything that was due, or was seen to go on; if there
     * was none, how long ago the server started.
     */
    public Duration sinceSuccess() {
        return Duration.ofNanos(System.nanoTime() - succeededAt);
    }

    /** Whether what {@link #sinceSuccess} says is longer than a few sweeps take that come at this interval. */
    public boolean isLate(Duration interval) {
        return sinceSuccess().compareTo(interval.multipliedBy(MOST_INTERVALS)) > 0;
    }

    /** Runs one stage. If it fails, the sweep continues with the next. Returns whether it has succeeded. */
    private boolean stage(String name, BooleanSupplier goesOn, BooleanSupplier oneMore) {
        try {
            boolean more = true;
            while (more && goesOn.getAsBoolean()) {
                more = oneMore.getAsBoolean();
                if (more) {
                    succeededAt = System.nanoTime();
                }
            }
            return true;
        } catch (RuntimeException e) {
            log.error("{} failed; the next sweep tries again", name, e);
            return false;
        }
    }

    private boolean lookAtAnExport() {
        Optional<ExportRemains.Looked> looked = ended.lookAtOne(this::putAway);
        looked.ifPresent(export -> {
            if (export.step() == ExportRemains.Step.ERASED) {
                log.info("Nothing is left of the content of export {}", export.exportId());
            }
            if (export.failure() != null) {
                recorder.failed("Export " + export.exportId(), export.failure());
            }
        });
        return looked.isPresent();
    }

    private boolean erase(ExportFile file) {
        try {
            file.contentIds().forEach(contentId -> store.erase(file.binaryId(), contentId));
            if (file.state() != ExportFile.State.ERASED) {
                recorder.erased(1);
            }
            return true;
        } catch (RuntimeException e) {
            recorder.failed("The content of Binary/" + file.binaryId(), e);
            return false;
        }
    }

    private boolean putAway(Export export) {
        try {
            return engine.forget(export);
        } catch (RuntimeException e) {
            recorder.failed("The job of export " + export.id(), e);
            return false;
        }
    }
}
