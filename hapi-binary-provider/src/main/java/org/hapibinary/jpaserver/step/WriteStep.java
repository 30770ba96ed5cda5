/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.step;

import ca.uhn.fhir.batch2.api.IJobDataSink;
import ca.uhn.fhir.batch2.api.IJobStepWorker;
import ca.uhn.fhir.batch2.api.RunOutcome;
import ca.uhn.fhir.batch2.api.StepExecutionDetails;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import org.hapibinary.jpaserver.chunk.RunningChunk;
import org.hapibinary.jpaserver.search.LateRecords;
import org.hapibinary.jpaserver.search.LateReferences;
import org.hapibinary.jpaserver.search.Producer;
import org.hapibinary.jpaserver.search.SupportWork;
import org.hapibinary.jpaserver.search.WriteWork;

/**
 * Writes the files of the resources found. If these refer to late supporting resources, which HAPI's links do not show,
 * the step hands on a chunk that writes them; if no chunk does so, the job ends with this step.
 */
final class WriteStep implements IJobStepWorker<BulkExportJobParameters, WriteWork, SupportWork> {

    private final ExportStep step;
    private final ResourceFiles files;
    private final LateRecords late;

    WriteStep(ExportStep step, ResourceFiles files, LateRecords late) {
        this.step = step;
        this.files = files;
        this.late = late;
    }

    @Override
    public RunOutcome run(
            StepExecutionDetails<BulkExportJobParameters, WriteWork> details, IJobDataSink<SupportWork> sink) {
        return step.runIfCurrent(details.getData().producer(), details, sink, this::write);
    }

    private int write(
            RunningChunk chunk,
            StepExecutionDetails<BulkExportJobParameters, WriteWork> details,
            IJobDataSink<SupportWork> sink) {
        WriteWork work = details.getData();
        if (work.isOfDeleted()) {
            files.writeDeleted(chunk, work);
            return work.keys().size();
        }
        SupportWork support = new SupportWork(work, new Producer(chunk.attempt()));
        LateReferences references = late.references(chunk, support, details.getParameters(), files.otherBases());
        files.write(chunk, details, work, references);
        if (references.foundAny()) {
            step.handOn(chunk, sink, support);
        }
        return work.keys().size();
    }
}
