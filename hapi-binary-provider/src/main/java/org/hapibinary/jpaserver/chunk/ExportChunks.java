/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.chunk;

import static ca.uhn.fhir.batch2.jobs.export.BulkExportAppCtx.WRITE_TO_BINARIES;

import ca.uhn.fhir.batch2.api.IJobPersistence;
import ca.uhn.fhir.batch2.model.WorkChunk;
import ca.uhn.fhir.batch2.model.WorkChunkCompletionEvent;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.hapibinary.catalog.ChunkAttempt;
import org.hapibinary.catalog.ExportChunk;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.export.ExportServices;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataIntegrityViolationException;

/**
 * Runs the chunks of exports so that HAPI may start a chunk more than once: only one attempt runs at a time, and it
 * discards the files of earlier attempts. Each chunk of the plugin's own job can be repeated. In a job of HAPI's own
 * definition, only chunks that write files can: HAPI would keep what both attempts at another chunk have found, and the
 * export would contain everything twice. If such a chunk fails or is interrupted, the export fails.
 */
public final class ExportChunks {

    private static final Logger log = LoggerFactory.getLogger(ExportChunks.class);

    private final ExportWork exportWork;
    private final CurrentChunk current;
    private final IJobPersistence jobs;
    private final HapiJobs hapiJobs;
    private final Duration stalledAfter;
    private final ObservationRegistry observations;
    private final Set<ChunkAttempt> inWork = ConcurrentHashMap.newKeySet();
    private volatile boolean stops;

    /**
     * @param services decide whether a chunk may run
     * @param current holds the chunk of each thread
     * @param jobs HAPI's jobs and chunks
     * @param hapiJobs prepares chunks of jobs of HAPI's own definition
     */
    public ExportChunks(ExportServices services, CurrentChunk current, IJobPersistence jobs, HapiJobs hapiJobs) {
        this.exportWork = services.work();
        this.current = current;
        this.jobs = jobs;
        this.hapiJobs = hapiJobs;
        this.stalledAfter = services.stalledAfter();
        this.observations = services.observations();
        log.info("This server is {} among those that export", exportWork.server());
    }

    /** Runs HAPI's step for a chunk, unless the chunk is finished or another attempt is running. */
    public void run(String exportId, WorkChunk chunk, Runnable work) {
        boolean isOwn = ExportJobs.isOwn(chunk.getJobDefinitionVersion());
        if (isOwn && stops) {
            current.run(new CurrentChunk.State.NotToBeRun(Duration.ZERO), work);
            return;
        }
        boolean repeatable = isOwn || WRITE_TO_BINARIES.equals(chunk.getTargetStepId());
        ExportChunk.Start start = begin(exportId, chunk, repeatable);
        if (start instanceof ExportChunk.Start.Run run) {
            RunningChunk running = new RunningChunk(run, isOwn, () -> stops);
            observed(exportId, chunk)
                    .observe(() -> run(running, () -> {
                        if (!isOwn) {
                            hapiJobs.prepare(running, chunk);
                        }
                        work.run();
                    }));
        } else if (isOwn) {
            if (start instanceof ExportChunk.Start.Finished) {
                jobs.onWorkChunkCompletion(new WorkChunkCompletionEvent(chunk.getId(), 0, 0));
            }
            // HAPI's step must run in any case and must not end normally: a first step that hands on nothing ends
            // the job
            current.run(new CurrentChunk.State.NotToBeRun(stalledAfter), work);
        } else {
            leave(exportId, chunk, start);
        }
    }

    /** For a timer by step, and for the server's tracer. */
    private Observation observed(String exportId, WorkChunk chunk) {
        return Observation.createNotStarted("hapi.binary.export.chunk", observations)
                .contextualName("export " + chunk.getTargetStepId())
                .lowCardinalityKeyValue("step", chunk.getTargetStepId())
                .highCardinalityKeyValue("export", exportId)
                .highCardinalityKeyValue("chunk", chunk.getId());
    }

    /** Ends a chunk of HAPI's own job without running its step, which does not know attempts. */
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

    /** From now on this server begins no chunk of the plugin's job, and hands back those that it runs. */
    public void stop() {
        stops = true;
    }

    /** Undoes {@link #stop}. */
    public void start() {
        stops = false;
    }

    /** How many chunks this server is running. */
    public int inWork() {
        return inWork.size();
    }

    /** Records heartbeats of the chunks that this server is running. */
    public void heartbeat() {
        exportWork.heartbeat(Set.copyOf(inWork));
    }
}
