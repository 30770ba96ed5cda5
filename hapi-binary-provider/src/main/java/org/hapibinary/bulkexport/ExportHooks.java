/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.bulkexport;

import ca.uhn.fhir.batch2.api.IJobPersistence;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import java.time.Duration;
import java.util.List;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.export.NdjsonFiles;
import org.hapibinary.storage.ContentStore;
import org.hapibinary.storage.RecordBinaries;

/** What goes between HAPI's export engine and the catalog while an export runs. */
public final class ExportHooks {

    private final ExportChunks chunks;
    private final ExportReport report;
    private final List<Object> interceptors;

    /**
     * @param fhirContext of the server
     * @param settings of the server; the base URLs it treats as its own
     * @param jobs HAPI's
     * @param catalog the exports
     * @param work takes what HAPI writes
     * @param store takes the content
     * @param record has the content of attachments
     * @param unreadable finds what HAPI cannot read
     * @param stalledAfter after how much quiet the server at work on a chunk is taken for dead
     */
    public ExportHooks(
            FhirContext fhirContext,
            JpaStorageSettings settings,
            IJobPersistence jobs,
            ExportCatalog catalog,
            ExportWork work,
            ContentStore store,
            RecordBinaries record,
            UnreadableResources<?> unreadable,
            Duration stalledAfter) {
        CurrentChunk current = new CurrentChunk();
        chunks = new ExportChunks(work, current, jobs, unreadable, stalledAfter);
        report = new ExportReport(current, work);
        interceptors = List.of(
                new ExportFileInterceptor(
                        fhirContext,
                        chunks,
                        current,
                        new ExportFileWriter(work, new AttachmentRegister(catalog, record), new NdjsonFiles(store))),
                new AttachmentInterceptor(current, new AttachmentFinder(fhirContext), settings));
    }

    /** For HAPI's JPA interceptor service. */
    public List<Object> interceptors() {
        return interceptors;
    }

    /** For the surrounding server's own interceptors. */
    public ExportReport report() {
        return report;
    }

    /** Tells the other servers that this one is alive and what it is at work on. */
    public void showActivity() {
        chunks.showActivity();
    }
}
