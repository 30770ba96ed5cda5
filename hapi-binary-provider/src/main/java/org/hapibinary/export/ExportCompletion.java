/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.export;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.catalog.NewFile;
import org.hapibinary.catalog.quota.ExportQuota;
import org.jspecify.annotations.Nullable;

/** Completes exports whose work is done: writes the error file and starts the retention. */
public final class ExportCompletion {

    private final ExportCatalog catalog;
    private final ExportQuota quota;
    private final ExportWork work;
    private final ErrorFileWriter errorFiles;
    private final Duration retention;
    private final Duration stalledAfter;
    private final Clock clock;

    ExportCompletion(ExportServices services) {
        this.catalog = services.catalog();
        this.quota = services.quota();
        this.work = services.work();
        this.errorFiles = new ErrorFileWriter(services.fhirContext(), work, services.files());
        this.retention = services.retention();
        this.stalledAfter = services.stalledAfter();
        this.clock = services.clock();
    }

    /**
     * Completes a running export, as {@link ExportCatalog#complete} says.
     *
     * @return true if the export is complete or has ended otherwise; false if it must be tried again
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
            return null; // completed or ended elsewhere
        }
    }
}
