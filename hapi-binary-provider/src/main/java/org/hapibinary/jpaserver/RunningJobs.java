/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import ca.uhn.fhir.batch2.api.IJobPersistence;
import ca.uhn.fhir.batch2.api.IReductionStepExecutorService;
import ca.uhn.fhir.batch2.channel.BatchJobSender;
import ca.uhn.fhir.batch2.coordinator.JobDefinitionRegistry;
import ca.uhn.fhir.batch2.maintenance.JobChunkProgressAccumulator;
import ca.uhn.fhir.batch2.maintenance.JobInstanceProcessor;
import ca.uhn.fhir.interceptor.api.IInterceptorService;
import org.hapibinary.catalog.ExportCatalog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a pass of HAPI's batch engine over the jobs of running exports. The engine's own pass runs once a minute and
 * includes every job that HAPI still has, up to a week after its end.
 */
final class RunningJobs {

    private static final Logger log = LoggerFactory.getLogger(RunningJobs.class);

    private final ExportCatalog catalog;
    private final IJobPersistence jobs;
    private final BatchJobSender sender;
    private final IReductionStepExecutorService reductions;
    private final JobDefinitionRegistry definitions;
    private final IInterceptorService interceptors;

    /**
     * @param catalog knows which exports run
     * @param jobs HAPI's jobs and chunks
     * @param sender sends chunks to the engine's channel
     * @param reductions runs the last steps of HAPI's own export jobs
     * @param definitions the definitions of all jobs
     * @param interceptors HAPI's JPA interceptor service
     */
    public RunningJobs(
            ExportCatalog catalog,
            IJobPersistence jobs,
            BatchJobSender sender,
            IReductionStepExecutorService reductions,
            JobDefinitionRegistry definitions,
            IInterceptorService interceptors) {
        this.catalog = catalog;
        this.jobs = jobs;
        this.sender = sender;
        this.reductions = reductions;
        this.definitions = definitions;
        this.interceptors = interceptors;
    }

    /** Advances each running export as far as possible now. A failure of one does not affect the others. */
    void advance() {
        JobChunkProgressAccumulator progress = new JobChunkProgressAccumulator();
        catalog.runningJobs().forEach(jobId -> advance(jobId, progress));
    }

    private void advance(String jobId, JobChunkProgressAccumulator progress) {
        try {
            new JobInstanceProcessor(jobs, sender, jobId, progress, reductions, definitions, interceptors).process();
        } catch (RuntimeException e) {
            log.warn("HAPI's batch engine cannot look at job {} now; it is tried again", jobId, e);
        }
    }
}
