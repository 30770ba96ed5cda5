/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.bulkexport;

import static ca.uhn.fhir.batch2.jobs.export.BulkExportAppCtx.WRITE_TO_BINARIES;

import ca.uhn.fhir.batch2.api.IJobPersistence;
import ca.uhn.fhir.batch2.model.WorkChunk;
import ca.uhn.fhir.batch2.model.WorkChunkCompletionEvent;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.hapibinary.catalog.ChunkAttempt;
import org.hapibinary.catalog.ChunkStart;
import org.hapibinary.catalog.ExportWork;
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

    private final ExportWork exportWork;
    private final CurrentChunk current;
    private final IJobPersistence jobs;
    private final UnreadableResources<?> unreadable;
    private final Duration stalledAfter;
    private final Set<ChunkAttempt> inWork = ConcurrentHashMap.newKeySet();

    /**
     * @param exportWork decides which chunk is run
     * @param current is told what the thread is at work on
     * @param jobs HAPI's
     * @param unreadable what makes a chunk fail however often it is repeated
     * @param stalledAfter after how much quiet the server at work on a chunk is taken for dead
     */
    ExportChunks(
            ExportWork exportWork,
            CurrentChunk current,
            IJobPersistence jobs,
            UnreadableResources<?> unreadable,
            Duration stalledAfter) {
        this.exportWork = exportWork;
        this.current = current;
        this.jobs = jobs;
        this.unreadable = unreadable;
        this.stalledAfter = stalledAfter;
    }

    void run(String exportId, WorkChunk chunk, Runnable work) {
        boolean repeatable = WRITE_TO_BINARIES.equals(chunk.getTargetStepId());
        ChunkStart start = exportWork.beginChunk(exportId, chunk.getId(), repeatable, stalledAfter);
        if (start instanceof ChunkStart.Run run) {
            RunningChunk running = new RunningChunk(run);
            run(running, () -> {
                if (repeatable && chunk.getErrorCount() > 0) {
                    unreadable.leaveOut(chunk).forEach(running::report);
                }
                work.run();
            });
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

    private void run(RunningChunk chunk, Runnable work) {
        ChunkAttempt attempt = chunk.attempt();
        inWork.add(attempt);
        boolean done = false;
        try {
            current.run(chunk, work);
            done = true;
        } finally {
            inWork.remove(attempt);
            exportWork.endChunk(attempt, done, done ? chunk.takeIssues() : List.of());
        }
    }

    /** Tells the other servers that this one is alive and what it is at work on. */
    public void showActivity() {
        exportWork.showActivity(Set.copyOf(inWork));
    }
}
