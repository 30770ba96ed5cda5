/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import ca.uhn.fhir.batch2.api.IJobDataSink;
import ca.uhn.fhir.batch2.api.ILastJobStepWorker;
import ca.uhn.fhir.batch2.api.RunOutcome;
import ca.uhn.fhir.batch2.api.StepExecutionDetails;
import ca.uhn.fhir.batch2.api.VoidModel;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.hapibinary.catalog.FileKind;
import org.hapibinary.jpaserver.reading.ElementSelection;
import org.hapibinary.jpaserver.reading.LineSource;
import org.hapibinary.jpaserver.reading.Lines;
import org.hapibinary.jpaserver.reading.Request;
import org.hapibinary.jpaserver.reading.ResourceReader;

/** Writes the files of some resources, in fixed memory: each resource is read when its bytes are stored. */
final class WriteStep implements ILastJobStepWorker<BulkExportJobParameters, WriteWork> {

    private final FhirContext fhirContext;
    private final ExportStep step;
    private final ResourceReader reader;
    private final ResourceFinder finder;
    private final DeletedResources deleted;
    private final DataFileWriter files;
    private final JpaStorageSettings settings;

    /** @param settings of the server; the base URLs it treats as its own */
    WriteStep(
            FhirContext fhirContext,
            ExportStep step,
            ResourceReader reader,
            ResourceFinder finder,
            DeletedResources deleted,
            DataFileWriter files,
            JpaStorageSettings settings) {
        this.fhirContext = fhirContext;
        this.step = step;
        this.reader = reader;
        this.finder = finder;
        this.deleted = deleted;
        this.files = files;
        this.settings = settings;
    }

    @Override
    public RunOutcome run(
            StepExecutionDetails<BulkExportJobParameters, WriteWork> details, IJobDataSink<VoidModel> sink) {
        return step.runIfCurrent(details.getData().producer(), details, sink, this::write);
    }

    private int write(
            RunningChunk chunk,
            StepExecutionDetails<BulkExportJobParameters, WriteWork> details,
            IJobDataSink<VoidModel> sink) {
        WriteWork work = details.getData();
        if (work.isOfDeleted()) {
            return writeDeleted(chunk, work);
        }
        ResourceFinder.Limits limits = ResourceFinder.Limits.of(chunk, work.plan(), details.getParameters());
        Request request = new Request(
                work.resourceType(),
                work.keys(),
                details.getParameters(),
                new ElementSelection(fhirContext, chunk.export().elements()).of(work.resourceType()),
                chunk.export().transactionTime(),
                keys -> finder.stillIn(work.resourceType(), work.scope(), limits, keys),
                version -> deleted.isOf(version, work, chunk),
                details.getInstance().getStartTime(),
                chunk.bases(settings.getTreatBaseUrlsAsLocal()),
                chunk::report);
        try (Lines lines = reader.read(request)) {
            while (lines.peek() != null) {
                files.write(chunk, FileKind.DATA, work.resourceType(), lines);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return work.keys().size();
    }

    private int writeDeleted(RunningChunk chunk, WriteWork work) {
        LineSource lines = deleted.lines(work, chunk);
        try {
            while (lines.peek() != null) {
                files.write(chunk, FileKind.DELETED, work.resourceType(), lines);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return work.keys().size();
    }
}
