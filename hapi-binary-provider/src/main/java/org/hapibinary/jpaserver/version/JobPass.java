/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.version;

import ca.uhn.fhir.batch2.api.IJobPersistence;
import ca.uhn.fhir.batch2.api.IReductionStepExecutorService;
import ca.uhn.fhir.batch2.channel.BatchJobSender;
import ca.uhn.fhir.batch2.coordinator.JobDefinitionRegistry;
import ca.uhn.fhir.batch2.maintenance.JobChunkProgressAccumulator;
import ca.uhn.fhir.batch2.maintenance.JobInstanceProcessor;
import ca.uhn.fhir.interceptor.api.IInterceptorService;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;

/**
 * HAPI's batch engine, making its pass over one job.
 *
 * @param jobs HAPI's jobs and chunks
 * @param sender sends chunks to the engine's channel
 * @param reductions runs the last steps of HAPI's own export jobs
 * @param definitions the definitions of all jobs
 * @param interceptors HAPI's JPA interceptor service
 */
public record JobPass(
        IJobPersistence jobs,
        BatchJobSender sender,
        IReductionStepExecutorService reductions,
        JobDefinitionRegistry definitions,
        IInterceptorService interceptors) {

    /** The constructor before HAPI 8.6.5, which has one parameter less; null if HAPI is newer. */
    private static final @Nullable MethodHandle WITHOUT_INTERCEPTORS = withoutInterceptors();

    private static @Nullable MethodHandle withoutInterceptors() {
        try {
            return MethodHandles.publicLookup()
                    .findConstructor(
                            JobInstanceProcessor.class,
                            MethodType.methodType(
                                    void.class,
                                    IJobPersistence.class,
                                    BatchJobSender.class,
                                    String.class,
                                    JobChunkProgressAccumulator.class,
                                    IReductionStepExecutorService.class,
                                    JobDefinitionRegistry.class));
        } catch (NoSuchMethodException | IllegalAccessException e) {
            return null;
        }
    }

    /** Advances a job as far as possible now. */
    public void over(String jobId, JobChunkProgressAccumulator progress) {
        processor(jobId, progress).process();
    }

    private JobInstanceProcessor processor(String jobId, JobChunkProgressAccumulator progress) {
        if (WITHOUT_INTERCEPTORS == null) {
            return new JobInstanceProcessor(jobs, sender, jobId, progress, reductions, definitions, interceptors);
        }
        try {
            return (JobInstanceProcessor)
                    WITHOUT_INTERCEPTORS.invoke(jobs, sender, jobId, progress, reductions, definitions);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("HAPI FHIR cannot make a pass over a job", e);
        }
    }
}
