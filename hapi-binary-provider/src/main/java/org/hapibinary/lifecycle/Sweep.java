/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.lifecycle;

import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.hapibinary.catalog.ErasureQueue;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportEngine;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.observability.ErasureRecorder;
import org.hapibinary.storage.ContentStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Erases what has expired, was deleted or was left over: the content, HAPI's job, and in the end the rows. All of it is done in small batches whose end is recorded, and each step can be repeated: a sweep that dies
 * is taken up where it was, by whichever server is next.
 */
public final class Sweep {

    private static final Logger log = LoggerFactory.getLogger(Sweep.class);
    private static final int FILES_PER_BATCH = 50;
    private static final int TOMBSTONES_PER_BATCH = 50;

    private final ErasureQueue queue;
    private final ContentStore store;
    private final ExportEngine engine;
    private final ErasureRecorder recorder;
    private final Duration tombstoneRetention;
    private final Clock clock;

    /**
     * @param queue knows what is to go
     * @param store where it is
     * @param engine has a job for each export
     * @param recorder is told what could not be erased
     * @param tombstoneRetention how long the rows stay after the expiry
     * @param clock what that is measured by
     */
    public Sweep(
            ErasureQueue queue,
            ContentStore store,
            ExportEngine engine,
            ErasureRecorder recorder,
            Duration tombstoneRetention,
            Clock clock) {
        this.queue = queue;
        this.store = store;
        this.engine = engine;
        this.recorder = recorder;
        this.tombstoneRetention = tombstoneRetention;
        this.clock = clock;
    }

    /**
     * Erases all there is to erase now. What cannot be erased is left for a later sweep. Of a server's sweeps one runs at a
     * time: on H2 they would be in each other's way.
     *
     * @param goesOn whether there is time for more; asked for often
     */
    public synchronized void run(BooleanSupplier goesOn) {
        int tried = FILES_PER_BATCH;
        while (tried > 0 && goesOn.getAsBoolean()) {
            tried = queue.eraseFiles(store.inUse(), FILES_PER_BATCH, this::erase);
        }
        Optional<Export> next = goesOn.getAsBoolean() ? queue.finishExport(this::putAway) : Optional.empty();
        while (next.isPresent() && goesOn.getAsBoolean()) {
            next.filter(Export::isErased)
                    .ifPresent(export -> log.info("Nothing is left of the content of export {}", export.id()));
            next = queue.finishExport(this::putAway);
        }
        int deleted = TOMBSTONES_PER_BATCH;
        while (deleted > 0 && goesOn.getAsBoolean()) {
            deleted = queue.deleteTombstones(clock.instant().minus(tombstoneRetention), TOMBSTONES_PER_BATCH);
        }
        recorder.waiting(queue.failures());
    }

    private Set<ExportFile> erase(List<ExportFile> files) {
        Set<ExportFile> erased = new HashSet<>();
        for (ExportFile file : files) {
            if (eraseContent(file)) {
                erased.add(file);
            }
        }
        recorder.erased(erased.size());
        return erased;
    }

    private boolean eraseContent(ExportFile file) {
        try {
            file.contentIds().forEach(contentId -> store.erase(file.binaryId(), contentId));
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
