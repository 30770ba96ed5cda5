/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.bulkexport;

import static ca.uhn.fhir.batch2.jobs.export.BulkExportAppCtx.WRITE_TO_BINARIES;

import ca.uhn.fhir.batch2.api.IJobPersistence;
import ca.uhn.fhir.batch2.model.WorkChunk;
import ca.uhn.fhir.batch2.model.WorkChunkCompletionEvent;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.hapibinary.catalog.ChunkAttempt;
import org.hapibinary.catalog.ChunkStart;
import org.hapibinary.catalog.ExportCatalog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the chunks of exports so that a chunk which HAPI starts more than once does no harm. A chunk that writes files may
 * be run again: what its earlier attempts have written is discarded. The chunks before it, which look for what is to be
 * written, may not: HAPI would keep what both runs have found, and the export would have everything twice. If such a
 * chunk failed or was interrupted, the export fails.
 */
public final class ExportChunks {

    private static final Logger log = LoggerFactory.getLogger(ExportChunks.class);

    private final ExportCatalog catalog;
    private final IJobPersistence jobs;
    private final Duration stalledAfter;
    private final Set<ChunkAttempt> inWork = ConcurrentHashMap.newKeySet();

    /**
     * @param catalog decides which chunk is run
     * @param jobs HAPI's
     * @param stalledAfter after how much quiet the server at work on a chunk is taken for dead
     */
    public ExportChunks(ExportCatalog catalog, IJobPersistence jobs, Duration stalledAfter) {
        this.catalog = catalog;
        this.jobs = jobs;
        this.stalledAfter = stalledAfter;
    }

    void run(String exportId, WorkChunk chunk, Consumer<ChunkAttempt> work) {
        boolean repeatable = WRITE_TO_BINARIES.equals(chunk.getTargetStepId());
        ChunkStart start = catalog.beginChunk(exportId, chunk.getId(), repeatable, stalledAfter);
        if (start instanceof ChunkStart.Run run) {
            run(run.attempt(), work);
        } else if (start instanceof ChunkStart.Finished) {
            jobs.onWorkChunkCompletion(new WorkChunkCompletionEvent(chunk.getId(), 0, 0));
        } else if (start instanceof ChunkStart.Interrupted) {
            jobs.onWorkChunkFailed(
                    chunk.getId(),
                    "Failed or interrupted in " + chunk.getTargetStepId() + ", which cannot be repeated");
        } else {
            log.info("Chunk {} of export {} is in work; it is not started again", chunk.getId(), exportId);
        }
    }

    private void run(ChunkAttempt attempt, Consumer<ChunkAttempt> work) {
        inWork.add(attempt);
        boolean done = false;
        try {
            work.accept(attempt);
            done = true;
        } finally {
            inWork.remove(attempt);
            catalog.endChunk(attempt, done);
        }
    }

    /** Tells the other servers that this one is alive and what it is at work on. */
    public void showActivity() {
        catalog.showActivity(Set.copyOf(inWork));
    }
}
