/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import ca.uhn.fhir.batch2.api.IJobCoordinator;
import ca.uhn.fhir.batch2.api.IJobPersistence;
import ca.uhn.fhir.batch2.model.JobInstance;
import ca.uhn.fhir.batch2.model.StatusEnum;
import ca.uhn.fhir.rest.server.exceptions.ResourceNotFoundException;
import java.util.Optional;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportEngine;
import org.hapibinary.catalog.ExportFailure;
import org.hapibinary.jpaserver.chunk.ExportFailures;
import org.hapibinary.jpaserver.chunk.ExportJobs;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** Implements {@link ExportEngine} by HAPI's batch jobs. A hook of HAPI's tells it when a job ends. */
final class HapiExportEngine implements ExportEngine {

    private static final Logger log = LoggerFactory.getLogger(HapiExportEngine.class);

    /**
     * An empty report: HAPI deletes the Binaries that a job's report names, and logs an error for a job without one.
     */
    private static final String NOTHING_TO_PURGE = "{\"resourceType2BinaryIds\":{}}";

    /** The progress of a job that has ended while its export is not complete yet, in per cent. */
    private static final int NEARLY_COMPLETE = 99;

    private final IJobCoordinator jobs;
    private final IJobPersistence jobData;
    private final ExportCatalog catalog;
    private final EndedExports ended;

    /**
     * @param jobs starts and cancels HAPI's jobs
     * @param jobData HAPI's rows of jobs
     * @param catalog records how jobs end
     * @param ended completes the exports of jobs that have completed
     */
    public HapiExportEngine(IJobCoordinator jobs, IJobPersistence jobData, ExportCatalog catalog, EndedExports ended) {
        this.jobs = jobs;
        this.jobData = jobData;
        this.catalog = catalog;
        this.ended = ended;
    }

    /** Settles the export of a job that has ended, for a HAPI that does not tell of it. */
    void look(String jobId) {
        jobData.fetchInstance(jobId).filter(JobInstance::isFinished).ifPresent(job -> {
            if (job.getReport() == null) {
                jobData.updateInstance(jobId, this::reportNothing);
            }
            afterJobHasEnded(job);
        });
    }

    private boolean reportNothing(JobInstance job) {
        if (job.getReport() == null) {
            job.setReport(NOTHING_TO_PURGE);
        }
        return true;
    }

    /** To be called in the transaction in which HAPI stores the end of the job. */
    void afterJobHasEnded(JobInstance job) {
        if (job.getStatus() == StatusEnum.FAILED && ExportJobs.isBulkExport(job)) {
            // without HAPI's message, which may quote the client's parameters and the patients' data
            log.error("The export of job {} failed; HAPI has logged why", job.getInstanceId());
        }
        ExportJobs.exportOf(job).ifPresent(exportId -> {
            reportNothing(job);
            settle(exportId, job);
        });
    }

    /**
     * Completes an export only after HAPI has committed the end of its job: until then HAPI holds a lock on the job.
     */
    private void settle(String exportId, JobInstance job) {
        StatusEnum status = job.getStatus();
        if (status == StatusEnum.COMPLETED) {
            afterCommit(() -> ended.add(exportId));
        } else if (status == StatusEnum.CANCELLED) {
            catalog.cancel(exportId);
        } else if (status == StatusEnum.FAILED) {
            catalog.fail(exportId, ExportFailure.UNKNOWN);
        }
    }

    private static void afterCommit(Runnable action) {
        if (!TransactionSynchronizationManager.isSynchronizationActive()) {
            action.run();
            return;
        }
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            @Override
            public void afterCommit() {
                action.run();
            }
        });
    }

    @Override
    public int progressOf(Export export) {
        Optional<JobInstance> job = find(export);
        if (job.isEmpty()) {
            catalog.fail(export.id(), ExportFailures.JOB_IS_GONE);
            return 0;
        }
        settle(export.id(), job.get());
        return (int) Math.min(NEARLY_COMPLETE, Math.round(job.get().getProgress() * 100));
    }

    @Override
    public void cancel(Export export) {
        find(export).filter(job -> !job.isFinished()).ifPresent(job -> jobs.cancelInstance(job.getInstanceId()));
    }

    /** {@inheritDoc} Uses transactions of its own, HAPI's, so that a failure does not roll back the caller's. */
    @Override
    public boolean forget(Export export) {
        Optional<JobInstance> job = find(export);
        if (job.isPresent() && !job.get().isFinished()) {
            cancel(export);
            return false;
        }
        job.map(JobInstance::getInstanceId).ifPresent(this::delete);
        return true;
    }

    /** Locks the job's row before those of its chunks, as HAPI does when it deletes the chunks of an ended job. */
    private void delete(String jobId) {
        jobData.deleteChunksAndMarkInstanceAsChunksPurged(jobId);
        jobData.deleteInstanceAndChunks(jobId);
    }

    private Optional<JobInstance> find(Export export) {
        try {
            return export.jobId().map(jobs::getInstance);
        } catch (ResourceNotFoundException e) {
            return Optional.empty();
        }
    }
}
