/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.legacy;

import ca.uhn.fhir.batch2.jobs.export.BulkExportAppCtx;
import ca.uhn.fhir.batch2.model.WorkChunk;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.interceptor.api.IInterceptorService;
import java.util.List;
import org.hapibinary.attachment.AttachmentFinder;
import org.hapibinary.attachment.AttachmentRegister;
import org.hapibinary.export.ExportServices;
import org.hapibinary.jpaserver.chunk.CurrentChunk;
import org.hapibinary.jpaserver.chunk.HapiJobs;
import org.hapibinary.jpaserver.chunk.RunningChunk;
import org.hapibinary.jpaserver.reading.ResourceReader;
import org.hapibinary.jpaserver.search.ExportPatients;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes over the files of jobs of HAPI's own definition. It registers its interceptors at the first chunk of such a
 * job, because they cost time: while an interceptor wants to see each resource, all resources have to be parsed.
 */
public final class LegacyJobs implements HapiJobs {

    private static final Logger log = LoggerFactory.getLogger(LegacyJobs.class);

    private final IInterceptorService interceptors;
    private final UnreadableResources<?> unreadable;
    private final List<Object> hooks;
    private boolean registered;

    /**
     * @param hapi the parts of HAPI that it needs
     * @param current the chunk of the thread
     * @param services the catalog and the store
     * @param attachments decides which attachments an export has
     * @param patients finds the patients to whom resources belong
     * @param unreadable finds resources that HAPI cannot read
     */
    public LegacyJobs(
            ResourceReader.Hapi hapi,
            CurrentChunk current,
            ExportServices services,
            AttachmentRegister attachments,
            ExportPatients patients,
            UnreadableResources<?> unreadable) {
        FhirContext fhirContext = hapi.fhirContext();
        this.interceptors = hapi.interceptors();
        this.unreadable = unreadable;
        ExportFileWriter writer = new ExportFileWriter(services.work(), services.files());
        this.hooks = List.of(
                new ExportFileInterceptor(fhirContext, current, writer),
                new AttachmentInterceptor(
                        current, new AttachmentFinder(fhirContext), attachments, patients, hapi.settings()));
    }

    @Override
    public void prepare(RunningChunk chunk, WorkChunk work) {
        register();
        if (BulkExportAppCtx.WRITE_TO_BINARIES.equals(work.getTargetStepId()) && work.getErrorCount() > 0) {
            unreadable.leaveOut(work).forEach(chunk::report);
        }
    }

    private synchronized void register() {
        if (!registered) {
            log.info("An export is under way that HAPI's own definition of the job runs; it ends under it");
            hooks.forEach(interceptors::registerInterceptor);
            registered = true;
        }
    }
}
