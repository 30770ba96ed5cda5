/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.step;

import ca.uhn.fhir.batch2.api.IJobDataSink;
import ca.uhn.fhir.batch2.api.RetryChunkLaterException;
import ca.uhn.fhir.batch2.api.RunOutcome;
import ca.uhn.fhir.batch2.api.StepExecutionDetails;
import ca.uhn.fhir.model.api.IModelJson;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import java.time.Duration;
import java.util.List;
import java.util.function.ToIntFunction;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.jpaserver.chunk.CurrentChunk;
import org.hapibinary.jpaserver.chunk.ExportFailures;
import org.hapibinary.jpaserver.chunk.RunningChunk;
import org.hapibinary.jpaserver.reading.OutOfMemory;
import org.hapibinary.jpaserver.search.Producer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The common part of the job's steps: any server can repeat a chunk, and the output of an attempt that did not finish
 * is not used.
 */
final class ExportStep {

    private static final Logger log = LoggerFactory.getLogger(ExportStep.class);

    private static final int MOST_ATTEMPTS_WITHOUT_MEMORY = 5;
    private static final Duration MEMORY_RETRY = Duration.ofSeconds(30);

    private final CurrentChunk current;
    private final ExportWork work;
    private final Duration stalledAfter;

    public ExportStep(CurrentChunk current, ExportWork work, Duration stalledAfter) {
        this.current = current;
        this.work = work;
        this.stalledAfter = stalledAfter;
    }

    /** The work of a step on one chunk. */
    interface Work<I extends IModelJson, O extends IModelJson> {

        /** @return the number of resources processed */
        int run(RunningChunk chunk, StepExecutionDetails<BulkExportJobParameters, I> details, IJobDataSink<O> sink);
    }

    <I extends IModelJson, O extends IModelJson> RunOutcome run(
            StepExecutionDetails<BulkExportJobParameters, I> details, IJobDataSink<O> sink, Work<I, O> step) {
        return run(chunk -> {
            int resources = step.run(chunk, details, sink);
            if (chunk.issues() > 0) {
                work.report(chunk.attempt(), chunk.takeIssues());
            }
            work.finishChunk(chunk.attempt(), chunk.handedOn());
            return resources;
        });
    }

    private RunOutcome run(ToIntFunction<RunningChunk> step) {
        if (!(current.state() instanceof CurrentChunk.State.Running running)) {
            // in case the server that runs it has died
            throw new RetryChunkLaterException(
                    current.state() instanceof CurrentChunk.State.NotToBeRun not ? not.again() : stalledAfter);
        }
        RunningChunk chunk = running.chunk();
        try {
            return new RunOutcome(step.applyAsInt(chunk));
        } catch (Export.EndedException e) {
            return ended(chunk);
        } catch (RuntimeException | OutOfMemoryError e) {
            if (chunk.isHandedBack()) {
                throw handedBack(chunk);
            }
            if (OutOfMemory.in(e).isPresent() && chunk.attempt().number() < MOST_ATTEMPTS_WITHOUT_MEMORY) {
                OutOfMemory.log(() -> log.warn(
                        "There is not enough memory for chunk {}; it is tried again",
                        chunk.attempt().chunkId(),
                        e));
                throw new RetryChunkLaterException(MEMORY_RETRY);
            }
            if (work.isOver(chunk.attempt())) {
                log.debug("Chunk {} has failed since", chunk.attempt().chunkId(), e);
                return ended(chunk); // its file may have been erased while it was written
            }
            if (!work.isCurrent(chunk.attempt())) {
                // the server that runs it now reports its end to HAPI
                log.info(
                        "Chunk {} has been taken over by another server",
                        chunk.attempt().chunkId());
                throw new RetryChunkLaterException(stalledAfter);
            }
            work.noteFailure(chunk.attempt(), ExportFailures.of(e));
            throw e;
        }
    }

    private static RunOutcome ended(RunningChunk chunk) {
        log.info(
                "Export {} has been ended; nothing more is done for it",
                chunk.attempt().exportId());
        return new RunOutcome(0);
    }

    /** Lets another server, or this one after its start, begin the chunk again at once. */
    private RetryChunkLaterException handedBack(RunningChunk chunk) {
        log.info(
                "Chunk {} is handed back, because this server stops",
                chunk.attempt().chunkId());
        work.endChunk(chunk.attempt(), false, List.of());
        return new RetryChunkLaterException(Duration.ZERO);
    }

    /** See {@link ExportWork#requireCurrent}. */
    void requireCurrent(RunningChunk chunk) {
        work.requireCurrent(chunk.attempt());
    }

    /**
     * Hands a chunk on to the next step.
     *
     * @throws org.hapibinary.catalog.ChunkAttempt.SupersededException if another attempt has begun
     */
    <O extends IModelJson> void handOn(RunningChunk chunk, IJobDataSink<O> sink, O next) {
        requireCurrent(chunk);
        sink.accept(next);
        chunk.hasHandedOn();
    }

    /** As {@link #run}, but does nothing if the attempt that has created this chunk is superseded. */
    <I extends IModelJson, O extends IModelJson> RunOutcome runIfCurrent(
            Producer producer,
            StepExecutionDetails<BulkExportJobParameters, I> details,
            IJobDataSink<O> sink,
            Work<I, O> step) {
        if (work.isCurrent(producer.attempt())) {
            return run(details, sink, step);
        }
        return run(chunk -> {
            work.finishUnusedChunk(chunk.attempt());
            return 0;
        });
    }
}
