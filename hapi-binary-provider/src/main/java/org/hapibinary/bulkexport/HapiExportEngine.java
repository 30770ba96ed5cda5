/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.bulkexport;

import ca.uhn.fhir.batch2.api.IJobCoordinator;
import ca.uhn.fhir.batch2.model.JobInstance;
import ca.uhn.fhir.batch2.model.StatusEnum;
import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.server.exceptions.ResourceNotFoundException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportEngine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** HAPI's bulk export jobs behind {@link ExportEngine}; hears of their end as HAPI records it. */
@Interceptor
public final class HapiExportEngine implements ExportEngine {

    private static final Logger log = LoggerFactory.getLogger(HapiExportEngine.class);

    private final IJobCoordinator jobs;
    private final ExportCatalog catalog;
    private final Duration retention;
    private final Duration stalledAfter;
    private final Clock clock;

    /**
     * @param jobs HAPI's
     * @param catalog is told how jobs end
     * @param retention how long the files of a complete export live
     * @param stalledAfter after how much quiet the server at work on a chunk is taken for dead
     * @param clock for jobs that do not say when they ended
     */
    public HapiExportEngine(
            IJobCoordinator jobs, ExportCatalog catalog, Duration retention, Duration stalledAfter, Clock clock) {
        this.jobs = jobs;
        this.catalog = catalog;
        this.retention = retention;
        this.stalledAfter = stalledAfter;
        this.clock = clock;
    }

    /** Interceptor hook. Do not call this method directly. */
    @Hook(Pointcut.STORAGE_POSTCOMPLETE_BATCH_JOB)
    public void afterJobHasEnded(JobInstance job) {
        if (job.getStatus() == StatusEnum.FAILED && ExportJobs.isBulkExport(job)) {
            log.error("The export of job {} failed: {}", job.getInstanceId(), job.getErrorMessage());
        }
        ExportJobs.exportOf(job).ifPresent(exportId -> settle(exportId, job));
    }

    private void settle(String exportId, JobInstance job) {
        StatusEnum status = job.getStatus();
        if (status == StatusEnum.COMPLETED) {
            Instant end =
                    Optional.ofNullable(job.getEndTime()).map(Date::toInstant).orElseGet(clock::instant);
            catalog.complete(exportId, end, retention, stalledAfter);
        } else if (status == StatusEnum.CANCELLED) {
            catalog.cancel(exportId);
        } else if (status == StatusEnum.FAILED) {
            catalog.fail(exportId);
        }
    }

    @Override
    public int progressOf(Export export) {
        Optional<JobInstance> job = find(export);
        if (job.isEmpty()) {
            catalog.fail(export.id());
            return 0;
        }
        settle(export.id(), job.get());
        return (int) Math.round(job.get().getProgress() * 100);
    }

    @Override
    public void cancel(Export export) {
        find(export).filter(job -> !job.isFinished()).ifPresent(job -> jobs.cancelInstance(job.getInstanceId()));
    }

    private Optional<JobInstance> find(Export export) {
        try {
            return export.jobId().map(jobs::getInstance);
        } catch (ResourceNotFoundException e) {
            return Optional.empty();
        }
    }
}
