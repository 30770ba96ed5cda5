/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.legacy;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import java.util.List;
import org.hapibinary.attachment.AttachmentFinder;
import org.hapibinary.attachment.AttachmentRegister;
import org.hapibinary.attachment.ExportAttachments;
import org.hapibinary.attachment.FoundAttachment;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.ExportIssue.Severity;
import org.hapibinary.jpaserver.chunk.CurrentChunk;
import org.hapibinary.jpaserver.chunk.RunningChunk;
import org.hapibinary.jpaserver.search.ExportPatients;
import org.hapibinary.storage.DatabaseFaults;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds attachments in each resource that HAPI is about to export. It runs after all other interceptors, so that a
 * resource that one of them leaves out grants access to nothing.
 */
@Interceptor(order = AttachmentInterceptor.AFTER_OTHERS)
final class AttachmentInterceptor {

    static final int AFTER_OTHERS = 100_000;

    private static final Logger log = LoggerFactory.getLogger(AttachmentInterceptor.class);

    private final CurrentChunk current;
    private final AttachmentFinder finder;
    private final AttachmentRegister register;
    private final ExportPatients patients;
    private final JpaStorageSettings settings;

    AttachmentInterceptor(
            CurrentChunk current,
            AttachmentFinder finder,
            AttachmentRegister register,
            ExportPatients patients,
            JpaStorageSettings settings) {
        this.current = current;
        this.finder = finder;
        this.register = register;
        this.patients = patients;
        this.settings = settings;
    }

    /** Interceptor hook. Do not call this method directly. */
    @Hook(Pointcut.STORAGE_BULK_EXPORT_RESOURCE_INCLUSION)
    public void beforeInclusion(BulkExportJobParameters parameters, IBaseResource resource) {
        current.get().filter(chunk -> !chunk.isOfOwnJob()).ifPresent(chunk -> look(chunk, resource));
    }

    private void look(RunningChunk chunk, IBaseResource resource) {
        try {
            ExportAttachments attachments = new ExportAttachments(
                    finder, register, chunk.referring(settings.getTreatBaseUrlsAsLocal(), patients.ofHapisJob(chunk)));
            List<FoundAttachment> found = attachments.find(resource);
            if (!found.isEmpty()) {
                ExportAttachments.Settled settled =
                        attachments.settle(List.of(found)).get(0);
                chunk.found(resource.fhirType(), settled.held());
                settled.issues().forEach(chunk::report);
            }
        } catch (RuntimeException e) {
            DatabaseFaults.throwIfIn(e); // HAPI repeats the chunk
            String name = resource.fhirType() + "/" + resource.getIdElement().getIdPart();
            log.warn("{} cannot be looked through for attachments", name, e);
            chunk.report(new ExportIssue(
                    Severity.WARNING, "exception", name + ": its attachments could not be looked through."));
        }
    }
}
