/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import ca.uhn.fhir.batch2.api.IJobPersistence;
import ca.uhn.fhir.batch2.model.JobInstance;
import ca.uhn.fhir.batch2.model.WorkChunk;
import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.IBaseInterceptorBroadcaster.IInterceptorFilterHook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import org.hapibinary.export.ExportServices;
import org.hapibinary.jpaserver.chunk.CurrentChunk;
import org.hapibinary.jpaserver.chunk.ExportChunks;
import org.hapibinary.jpaserver.chunk.ExportJobs;
import org.hapibinary.jpaserver.chunk.ExportReport;
import org.hapibinary.jpaserver.chunk.HapiJobs;

/**
 * Connects HAPI's batch engine with the catalog while an export runs. Register it with HAPI's JPA interceptor service.
 */
@Interceptor
final class ExportHooks {

    private final ExportChunks chunks;
    private final ExportReport report;
    private final Runnable chunkEnded;

    /**
     * @param current holds the chunk of each thread
     * @param jobs HAPI's jobs and chunks
     * @param services record the work on exports
     * @param hapiJobs prepares chunks of jobs of HAPI's own definition
     * @param chunkEnded called after each chunk
     */
    public ExportHooks(
            CurrentChunk current,
            IJobPersistence jobs,
            ExportServices services,
            HapiJobs hapiJobs,
            Runnable chunkEnded) {
        this.chunks = new ExportChunks(services, current, jobs, hapiJobs);
        this.report = new ExportReport(current, services.work());
        this.chunkEnded = chunkEnded;
    }

    /** Interceptor hook. Do not call this method directly. */
    @Hook(Pointcut.BATCH2_CHUNK_PROCESS_FILTER)
    public IInterceptorFilterHook aroundChunk(JobInstance job, WorkChunk chunk) {
        return ExportJobs.exportOf(job)
                .<IInterceptorFilterHook>map(exportId -> work -> run(exportId, chunk, work))
                .orElse(Runnable::run);
    }

    private void run(String exportId, WorkChunk chunk, Runnable work) {
        try {
            chunks.run(exportId, chunk, work);
        } finally {
            chunkEnded.run();
        }
    }

    ExportChunks chunks() {
        return chunks;
    }

    /** Lets the surrounding server's own interceptors add issues. */
    public ExportReport report() {
        return report;
    }

    /** Records heartbeats of the chunks that this server runs. */
    public void heartbeat() {
        chunks.heartbeat();
    }
}
