/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.lifecycle;

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
 * Erases what has expired, was deleted or was left over: the content, HAPI's job, and in the end the rows. All of it is
 * done in small batches whose end is recorded, and each step can be repeated: a sweep that dies is taken up where it
 * was, by whichever server is next.
 */
public final class Sweep {

    private static final Logger log = LoggerFactory.getLogger(Sweep.class);
    private static final int FILES_PER_BATCH = 50;
    private static final int ROWS_PER_BATCH = 100;

    private final ErasureQueue queue;
    private final ExportRemains ended;
    private final ContentStore store;
    private final ExportEngine engine;
    private final ErasureRecorder recorder;
    private final StoreBinding binding;

    /**
     * @param queue knows which files are to go
     * @param ended knows which exports are
     * @param store where the content is
     * @param engine has a job for each export
     * @param recorder is told what could not be erased
     * @param binding says whether the store is the catalog's: nothing is erased in another one
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
     * Erases all there is to erase now. What cannot be erased is left for a later sweep. Of a server's sweeps one runs
     * at a time.
     *
     * @param time whether there is time for more; asked for often
     */
    public synchronized void run(BooleanSupplier time) {
        BooleanSupplier goesOn = () -> time.getAsBoolean() && binding.holds();
        stage("To find out what is due", goesOn, () -> ended.catchUp(ROWS_PER_BATCH) > 0);
        stage(
                "The erasure of files",
                goesOn,
                () -> queue.eraseFiles(store.inUse(), FILES_PER_BATCH, goesOn, this::erase) > 0);
        stage("The end of exports", goesOn, this::lookAtAnExport);
        stage("To count what could not be erased", goesOn, () -> {
            recorder.waiting(queue.failures());
            return false;
        });
    }

    /** One that fails does not keep the sweep from the next. */
    private static void stage(String name, BooleanSupplier goesOn, BooleanSupplier oneMore) {
        try {
            boolean more = true;
            while (more && goesOn.getAsBoolean()) {
                more = oneMore.getAsBoolean();
            }
        } catch (RuntimeException e) {
            log.error("{} failed; the next sweep tries again", name, e);
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
