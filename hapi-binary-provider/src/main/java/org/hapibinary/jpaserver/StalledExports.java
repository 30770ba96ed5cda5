/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import ca.uhn.fhir.batch2.api.IJobPersistence;
import ca.uhn.fhir.batch2.channel.BatchJobSender;
import ca.uhn.fhir.batch2.model.JobInstance;
import ca.uhn.fhir.batch2.model.StatusEnum;
import ca.uhn.fhir.batch2.model.WorkChunk;
import ca.uhn.fhir.batch2.model.WorkChunkCompletionEvent;
import ca.uhn.fhir.batch2.model.WorkChunkStatusEnum;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportEngine;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.export.ExportServices;
import org.hapibinary.jpaserver.chunk.ExportChunks;
import org.hapibinary.jpaserver.chunk.ExportJobs;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Resumes exports whose server has died. HAPI sends chunks over an in-memory channel: it never looks again at chunks
 * that were queued or running when the process ended, and the job would run for ever. This class sends the waiting
 * chunks of a stalled export again. {@link ExportChunks} ensures that each chunk still has only one running attempt.
 */
final class StalledExports {

    private static final Logger log = LoggerFactory.getLogger(StalledExports.class);
    private static final Set<WorkChunkStatusEnum> HANDED_OUT =
            EnumSet.of(WorkChunkStatusEnum.QUEUED, WorkChunkStatusEnum.IN_PROGRESS, WorkChunkStatusEnum.ERRORED);

    /** HAPI updates a job once a minute while it is finalizing it. */
    private static final Duration FINALIZE_HEARTBEAT = Duration.ofMinutes(1);

    private final ExportCatalog catalog;
    private final ExportWork work;
    private final ExportEngine engine;
    private final IJobPersistence jobs;
    private final BatchJobSender sender;
    private final TransactionTemplate transaction;
    private final Duration stalledAfter;
    private final Clock clock;

    /**
     * @param engine updates the catalog when a job has ended
     * @param jobs HAPI's jobs and chunks
     * @param sender sends chunks to HAPI's channel
     * @param transactionManager of HAPI's persistence unit
     */
    StalledExports(
            ExportServices services,
            ExportEngine engine,
            IJobPersistence jobs,
            BatchJobSender sender,
            PlatformTransactionManager transactionManager) {
        this.catalog = services.catalog();
        this.work = services.work();
        this.stalledAfter = services.stalledAfter();
        this.clock = services.clock();
        this.engine = engine;
        this.jobs = jobs;
        this.sender = sender;
        this.transaction = new TransactionTemplate(transactionManager);
    }

    /** Claims and resumes every stalled export. */
    void resume() {
        for (Export export : catalog.findStalled(stalledAfter)) {
            try {
                if (catalog.claim(export)) {
                    engine.progressOf(export);
                    export.jobId().flatMap(jobs::fetchInstance).ifPresent(job -> resume(export, job));
                }
            } catch (RuntimeException e) {
                log.error("Export {} cannot be resumed; it is tried again in {}", export.id(), stalledAfter, e);
            }
        }
    }

    private void resume(Export export, JobInstance job) {
        if (job.getStatus() == StatusEnum.FINALIZE) {
            resumeFinalizing(job);
        } else if (!job.isFinished()) {
            resumeChunks(export, job);
        }
    }

    private void resumeFinalizing(JobInstance job) {
        Instant quietSince = clock.instant().minus(stalledAfter).minus(FINALIZE_HEARTBEAT);
        if (job.getUpdateTime().toInstant().isBefore(quietSince)) {
            log.warn("The job {} was left while it was being finalized; it is finalized again", job.getInstanceId());
            transaction.executeWithoutResult(tx -> jobs.markInstanceAsStatusWhenStatusIn(
                    job.getInstanceId(), StatusEnum.IN_PROGRESS, EnumSet.of(StatusEnum.FINALIZE)));
        }
    }

    private void resumeChunks(Export export, JobInstance job) {
        List<WorkChunk> waiting = new ArrayList<>();
        jobs.fetchAllWorkChunksIterator(job.getInstanceId(), false).forEachRemaining(chunk -> {
            if (HANDED_OUT.contains(chunk.getStatus())) {
                waiting.add(chunk);
            } else if (isLeftOver(job, chunk)) {
                jobs.onWorkChunkCompletion(new WorkChunkCompletionEvent(chunk.getId(), 0, 0));
            }
        });
        if (!waiting.isEmpty() && isLeft(export)) {
            log.info(
                    "No server has worked on export {} (job {}) since {}; its {} waiting chunks are handed out"
                            + " again",
                    export.id(),
                    job.getInstanceId(),
                    export.activeAt(),
                    waiting.size());
            waiting.forEach(chunk -> handOut(job, chunk));
        }
    }

    /** False if its chunks may only be waiting for a server that is busy with another export. */
    private boolean isLeft(Export export) {
        return !work.stalledChunks(export.id(), stalledAfter).isEmpty() || !work.isAnyoneAtWork(stalledAfter);
    }

    /**
     * Whether a superseded attempt has handed the chunk on after its step had begun. HAPI would never run it.
     */
    private static boolean isLeftOver(JobInstance job, WorkChunk chunk) {
        return ExportJobs.isOwn(job.getJobDefinitionVersion())
                && chunk.getStatus() == WorkChunkStatusEnum.GATE_WAITING
                && chunk.getTargetStepId().equals(job.getCurrentGatedStepId());
    }

    private void handOut(JobInstance job, WorkChunk chunk) {
        sender.sendWorkChannelMessage(ExportJobs.notification(job, chunk.getTargetStepId(), chunk.getId()));
    }
}
