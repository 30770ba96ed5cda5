/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.step;

import ca.uhn.fhir.batch2.api.IJobDataSink;
import ca.uhn.fhir.batch2.api.ILastJobStepWorker;
import ca.uhn.fhir.batch2.api.RunOutcome;
import ca.uhn.fhir.batch2.api.StepExecutionDetails;
import ca.uhn.fhir.batch2.api.VoidModel;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import java.util.ArrayList;
import java.util.List;
import org.hapibinary.jpaserver.chunk.RunningChunk;
import org.hapibinary.jpaserver.search.ExportableTypes;
import org.hapibinary.jpaserver.search.LateRecords;
import org.hapibinary.jpaserver.search.LateReferences;
import org.hapibinary.jpaserver.search.PatientRecords;
import org.hapibinary.jpaserver.search.ResourceFinder;
import org.hapibinary.jpaserver.search.SupportWork;
import org.hapibinary.jpaserver.search.WriteWork;

/**
 * Writes late supporting resources, their Provenance, and the supporting resources to which these refer, until it finds
 * no new ones. Several chunks share the work: each writes the resources that it has claimed.
 */
final class SupportStep implements ILastJobStepWorker<BulkExportJobParameters, SupportWork> {

    private static final int MOST_AT_ONCE = 10_000;

    private final ExportStep step;
    private final ResourceFiles files;
    private final ResourceFinder finder;
    private final LateRecords late;
    private final int atOnce;

    /** @param fileResources the maximum number of resources in a file */
    SupportStep(ExportStep step, ResourceFiles files, ResourceFinder finder, LateRecords late, int fileResources) {
        this.step = step;
        this.files = files;
        this.finder = finder;
        this.late = late;
        this.atOnce = Math.min(fileResources, MOST_AT_ONCE);
    }

    @Override
    public RunOutcome run(
            StepExecutionDetails<BulkExportJobParameters, SupportWork> details, IJobDataSink<VoidModel> sink) {
        return step.runIfCurrent(details.getData().producer(), details, sink, this::support);
    }

    private int support(
            RunningChunk chunk,
            StepExecutionDetails<BulkExportJobParameters, SupportWork> details,
            IJobDataSink<VoidModel> sink) {
        SupportWork work = details.getData();
        List<String> types = new ArrayList<>(late.supporting(chunk, work, details.getParameters()));
        LateReferences references = late.references(chunk, work, details.getParameters(), files.otherBases());
        boolean withProvenance = details.getParameters().getResourceTypes().contains(ExportableTypes.PROVENANCE);
        if (withProvenance) {
            types.add(ExportableTypes.PROVENANCE); // last: Provenance of the resources claimed before it
        }
        int all = 0;
        int round;
        do {
            round = 0;
            for (String type : types) {
                boolean addProvenance = withProvenance && !type.equals(ExportableTypes.PROVENANCE);
                round += write(type, addProvenance, chunk, details, references);
            }
            all += round;
        } while (round > 0);
        return all;
    }

    /** @return the number of claimed resources */
    private int write(
            String type,
            boolean addProvenance,
            RunningChunk chunk,
            StepExecutionDetails<BulkExportJobParameters, SupportWork> details,
            LateReferences references) {
        SupportWork work = details.getData();
        PatientRecords.Of records = LateRecords.of(chunk, work);
        ResourceFinder.Limits limits = ResourceFinder.Limits.of(chunk, work.plan(), details.getParameters());
        int number = 0;
        List<Long> claimed = late.claim(records, chunk.attempt(), type, atOnce);
        while (!claimed.isEmpty()) {
            number += claimed.size();
            List<Long> keys = finder.among(type, limits, claimed);
            files.write(chunk, details, new WriteWork(work, type, keys), references);
            if (addProvenance) {
                late.addProvenance(records, claimed);
            }
            claimed = late.claim(records, chunk.attempt(), type, atOnce);
        }
        return number;
    }
}
