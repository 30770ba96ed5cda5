/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import ca.uhn.fhir.batch2.api.IJobDataSink;
import ca.uhn.fhir.batch2.api.ILastJobStepWorker;
import ca.uhn.fhir.batch2.api.RunOutcome;
import ca.uhn.fhir.batch2.api.StepExecutionDetails;
import ca.uhn.fhir.batch2.api.VoidModel;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.Stream;
import org.hapibinary.jpaserver.reading.Lines;
import org.hapibinary.jpaserver.reading.Request;
import org.hapibinary.jpaserver.reading.ResourceReader;

/** Writes the files of some resources, in fixed memory: each resource is read when its bytes are stored. */
final class WriteStep implements ILastJobStepWorker<BulkExportJobParameters, WriteWork> {

    private final ExportStep step;
    private final ResourceReader reader;
    private final DataFileWriter files;
    private final List<String> localBases;

    /** @param localBases base URLs that the server takes for its own, beside the one of the kick-off */
    WriteStep(ExportStep step, ResourceReader reader, DataFileWriter files, List<String> localBases) {
        this.step = step;
        this.reader = reader;
        this.files = files;
        this.localBases = localBases;
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
        Request request = new Request(
                work.resourceType(),
                work.keys(),
                details.getParameters(),
                details.getInstance().getStartTime(),
                basesOf(chunk),
                chunk::report);
        try (Lines lines = reader.read(request)) {
            while (lines.peek() != null) {
                files.write(chunk, work.resourceType(), lines);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return work.keys().size();
    }

    private List<String> basesOf(RunningChunk chunk) {
        return Stream.concat(Stream.of(chunk.baseUrl()), localBases.stream())
                .map(base -> base.endsWith("/") ? base.substring(0, base.length() - 1) : base)
                .distinct()
                .toList();
    }
}
