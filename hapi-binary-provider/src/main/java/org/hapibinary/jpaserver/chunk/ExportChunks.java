/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.chunk;

import static ca.uhn.fhir.batch2.jobs.export.BulkExportAppCtx.WRITE_TO_BINARIES;

import ca.uhn.fhir.batch2.api.IJobPersistence;
import ca.uhn.fhir.batch2.model.WorkChunk;
import ca.uhn.fhir.batch2.model.WorkChunkCompletionEvent;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.hapibinary.catalog.ChunkAttempt;
import org.hapibinary.catalog.ExportChunk;
import org.hapibinary.catalog.ExportWork;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataIntegrityViolationException;

/**
 * Runs the chunks of exports so that a chunk which HAPI starts more than once does no harm: one attempt at a time, and
 * what an earlier attempt has written is discarded. Each chunk of the plugin's own job may be run again. Of a job that
 * HAPI's own definition runs, only chunks that write files may: HAPI would keep what both runs of the others have
 * found, and the export would have everything twice. If such a chunk failed or was interrupted, the export fails.
 */
public final class ExportChunks {

    private static final Logger log = LoggerFactory.getLogger(ExportChunks.class);

    private final ExportWork exportWork;
    private final CurrentChunk current;
    private final IJobPersistence jobs;
    private final HapiJobs hapiJobs;
    private final Duration stalledAfter;
    private final Set<ChunkAttempt> inWork = ConcurrentHashMap.newKeySet();

    /**
     * @param exportWork decides which chunk is run
     * @param current is told what the thread is at work on
     * @param jobs HAPI's
     * @param hapiJobs knows what jobs of HAPI's own definition need
     * @param stalledAfter after how long without a heartbeat a server is considered stalled
     */
    public ExportChunks(
            ExportWork exportWork,
            CurrentChunk current,
            IJobPersistence jobs,
            HapiJobs hapiJobs,
            Duration stalledAfter) {
        this.exportWork = exportWork;
        this.current = current;
        this.jobs = jobs;
        this.hapiJobs = hapiJobs;
        this.stalledAfter = stalledAfter;
        log.info("This server is {} among those that export", exportWork.server());
    }

    public void run(String exportId, WorkChunk chunk, Runnable work) {
        boolean isOwn = ExportJobs.isOwn(chunk.getJobDefinitionVersion());
        boolean repeatable = isOwn || WRITE_TO_BINARIES.equals(chunk.getTargetStepId());
        ExportChunk.Start start = begin(exportId, chunk, repeatable);
        if (start instanceof ExportChunk.Start.Run run) {
            RunningChunk running = new RunningChunk(run, isOwn);
            run(running, () -> {
                if (!isOwn) {
                    hapiJobs.prepare(running, chunk);
                }
                work.run();
            });
        } else if (isOwn) {
            if (start instanceof ExportChunk.Start.Finished) {
                jobs.onWorkChunkCompletion(new WorkChunkCompletionEvent(chunk.getId(), 0, 0));
            }
            // HAPI's step must run in any case, and must not come to an end: a first step that hands on nothing ends
            // the job
            current.run(new CurrentChunk.State.NotToBeRun(), work);
        } else {
            leave(exportId, chunk, start);
        }
    }

    /** HAPI's own steps know nothing of attempts. */
    private void leave(String exportId, WorkChunk chunk, ExportChunk.Start start) {
        if (start instanceof ExportChunk.Start.Finished) {
            jobs.onWorkChunkCompletion(new WorkChunkCompletionEvent(chunk.getId(), 0, 0));
        } else if (start instanceof ExportChunk.Start.Interrupted) {
            jobs.onWorkChunkFailed(
                    chunk.getId(),
                    "Failed or interrupted in " + chunk.getTargetStepId() + ", which cannot be repeated");
        } else {
            log.debug("Chunk {} of export {} is in work; it is not started again", chunk.getId(), exportId);
        }
    }

    private ExportChunk.Start begin(String exportId, WorkChunk chunk, boolean repeatable) {
        try {
            return exportWork.beginChunk(exportId, chunk.getId(), repeatable, stalledAfter);
        } catch (DataIntegrityViolationException e) {
            log.debug("Another server has just started chunk {} of export {}", chunk.getId(), exportId, e);
            return new ExportChunk.Start.InWork();
        }
    }

    private void run(RunningChunk chunk, Runnable work) {
        ChunkAttempt attempt = chunk.attempt();
        inWork.add(attempt);
        boolean done = false;
        try {
            current.run(new CurrentChunk.State.Running(chunk), work);
            done = !chunk.isOfOwnJob();
        } finally {
            inWork.remove(attempt);
            exportWork.endChunk(attempt, done, done ? chunk.takeIssues() : List.of());
        }
    }

    /** How many chunks this server is at work on. */
    public int inWork() {
        return inWork.size();
    }

    /** Tells the other servers that this one is alive and what it is at work on. */
    public void heartbeat() {
        exportWork.heartbeat(Set.copyOf(inWork));
    }
}
