/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.chunk;

import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import java.util.Optional;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.ExportWork;

/**
 * For the surrounding server's own interceptors: what they say of an export is in its error file, beside what the
 * plugin itself has to say. An interceptor of {@code STORAGE_BULK_EXPORT_RESOURCE_INCLUSION} that leaves a resource
 * out, say, can tell the client so.
 */
public final class ExportReport {

    private final CurrentChunk current;
    private final ExportWork work;

    public ExportReport(CurrentChunk current, ExportWork work) {
        this.current = current;
        this.work = work;
    }

    /**
     * Adds an issue to the error file of an export. Within a hook of HAPI's export engine it is dropped again if HAPI
     * has to repeat the work that it is about. Does nothing for exports that have ended and for jobs that were not
     * started through the plugin.
     *
     * @param parameters of the export's job, as HAPI hands them to its hooks
     * @param issue what there is to say
     */
    public void add(BulkExportJobParameters parameters, ExportIssue issue) {
        ExportJobs.exportOf(parameters).ifPresent(exportId -> {
            Optional<RunningChunk> chunk =
                    current.get().filter(running -> running.attempt().exportId().equals(exportId));
            if (chunk.isPresent()) {
                chunk.get().report(issue);
            } else {
                work.report(exportId, issue);
            }
        });
    }
}
