/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.export;

import ca.uhn.fhir.context.FhirContext;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.catalog.NewFile;
import org.hapibinary.catalog.quota.ExportQuota;
import org.hapibinary.storage.ContentStore;
import org.jspecify.annotations.Nullable;

/** The last step of an export whose work is done: its error file is written and its retention begins. */
public final class ExportCompletion {

    private final ExportCatalog catalog;
    private final ExportQuota quota;
    private final ExportWork work;
    private final ErrorFileWriter errorFiles;
    private final Duration retention;
    private final Duration stalledAfter;
    private final Clock clock;

    /**
     * @param fhirContext of the server
     * @param catalog is told
     * @param quota ends an export that has become too large
     * @param work has what is to be said of exports
     * @param store takes the error files
     * @param retention how long the files of a complete export live
     * @param stalledAfter after how long without a heartbeat the server at work on a chunk is considered stalled
     * @param clock what the retention is measured by
     */
    public ExportCompletion(
            FhirContext fhirContext,
            ExportCatalog catalog,
            ExportQuota quota,
            ExportWork work,
            ContentStore store,
            Duration retention,
            Duration stalledAfter,
            Clock clock) {
        this.catalog = catalog;
        this.quota = quota;
        this.work = work;
        this.errorFiles = new ErrorFileWriter(fhirContext, work, new NdjsonFiles(store));
        this.retention = retention;
        this.stalledAfter = stalledAfter;
        this.clock = clock;
    }

    /**
     * Completes a running export, as {@link ExportCatalog#complete} says.
     *
     * @return whether there is nothing more to do: it is complete, or has ended otherwise
     * @throws IOException if its error file cannot be stored
     */
    public boolean complete(String exportId) throws IOException {
        if (!catalog.isRunning(exportId)) {
            return true;
        }
        quota.failIfTooLarge(exportId);
        NewFile.Written errors = errorFile(exportId);
        boolean completed = catalog.complete(exportId, clock.instant(), retention, stalledAfter, errors);
        if (!completed && errors != null) {
            work.discard(errors.binaryId());
        }
        return completed || !catalog.isRunning(exportId);
    }

    private NewFile.@Nullable Written errorFile(String exportId) throws IOException {
        try {
            return catalog.isDone(exportId) ? errorFiles.write(exportId).orElse(null) : null;
        } catch (Export.EndedException e) {
            return null; // it has been completed or ended elsewhere
        }
    }
}
