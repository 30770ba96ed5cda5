/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.chunk;

import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import java.util.Optional;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.ExportWork;

/**
 * Lets the surrounding server's own interceptors add issues to an export's error file. For example, an interceptor of
 * {@code STORAGE_BULK_EXPORT_RESOURCE_INCLUSION} that leaves a resource out can tell the client so.
 */
public final class ExportReport {

    private final CurrentChunk current;
    private final ExportWork work;

    public ExportReport(CurrentChunk current, ExportWork work) {
        this.current = current;
        this.work = work;
    }

    /**
     * Adds an issue to the error file of an export. Within a hook of HAPI's export engine, the issue is dropped if HAPI
     * repeats the chunk. Does nothing for exports that have ended and for jobs that were not started through the
     * plugin.
     *
     * @param parameters of the export's job, as HAPI passes them to its hooks
     * @param issue the issue
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
