/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.step;

import ca.uhn.fhir.batch2.api.IFirstJobStepWorker;
import ca.uhn.fhir.batch2.api.IJobDataSink;
import ca.uhn.fhir.batch2.api.RunOutcome;
import ca.uhn.fhir.batch2.api.StepExecutionDetails;
import ca.uhn.fhir.batch2.api.VoidModel;
import ca.uhn.fhir.rest.api.IResourceSupportedSvc;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters.ExportStyle;
import java.util.List;
import org.hapibinary.catalog.ExportMembers;
import org.hapibinary.jpaserver.chunk.RunningChunk;
import org.hapibinary.jpaserver.search.FindWork;
import org.hapibinary.jpaserver.search.GroupMembers;
import org.hapibinary.jpaserver.search.PatientRecords;
import org.hapibinary.jpaserver.search.Producer;
import org.hapibinary.jpaserver.search.ResourceFinder;

/** The first step of an export: determines its members, and hands on a chunk for each type. */
final class PlanStep implements IFirstJobStepWorker<BulkExportJobParameters, FindWork> {

    private static final String GROUP = "Group";

    private final ExportStep step;
    private final GroupMembers groupMembers;
    private final ExportMembers members;
    private final ResourceFinder finder;
    private final PatientRecords records;
    private final IResourceSupportedSvc supported;

    PlanStep(
            ExportStep step,
            GroupMembers groupMembers,
            ExportMembers members,
            ResourceFinder finder,
            PatientRecords records,
            IResourceSupportedSvc supported) {
        this.step = step;
        this.groupMembers = groupMembers;
        this.members = members;
        this.finder = finder;
        this.records = records;
        this.supported = supported;
    }

    @Override
    public RunOutcome run(
            StepExecutionDetails<BulkExportJobParameters, VoidModel> details, IJobDataSink<FindWork> sink) {
        return step.run(details, sink, this::plan);
    }

    private int plan(
            RunningChunk chunk,
            StepExecutionDetails<BulkExportJobParameters, VoidModel> details,
            IJobDataSink<FindWork> sink) {
        BulkExportJobParameters parameters = details.getParameters();
        FindWork.Scope scope = scopeOf(parameters);
        if (scope == FindWork.Scope.MEMBERS) {
            GroupMembers.Members found = groupMembers.of(
                    parameters,
                    new GroupMembers.Look(
                            chunk.partition(), chunk.baseUrl(), chunk.export().transactionTime(), chunk::report));
            members.replace(chunk.attempt(), found.keys(), found.deleted());
        }
        Producer producer = new Producer(chunk.attempt());
        List<String> types = parameters.getResourceTypes().stream()
                .filter(supported::isSupported)
                .toList();
        List<String> existing = finder.existing(types);
        if (scope != FindWork.Scope.ALL && records.needSupporting(existing)) {
            records.findSupporting(
                    new PatientRecords.Of(scope, chunk.attempt(), chunk::covers), () -> step.requireCurrent(chunk));
        }
        for (String type : existing) {
            boolean isGroup = type.equals(GROUP) && scope != FindWork.Scope.ALL;
            if (!(isGroup && parameters.getExportStyle() == ExportStyle.PATIENT)) {
                FindWork find = new FindWork(type, isGroup ? FindWork.Scope.GROUP : scope, false, producer);
                step.handOn(chunk, sink, find);
            }
        }
        for (String type : finder.deletedSince(types, parameters.getSince())) {
            if (scope == FindWork.Scope.ALL || !type.equals(GROUP)) {
                step.handOn(chunk, sink, new FindWork(type, scope, true, producer));
            }
        }
        return 0;
    }

    private static FindWork.Scope scopeOf(BulkExportJobParameters parameters) {
        return switch (parameters.getExportStyle()) {
            case SYSTEM -> FindWork.Scope.ALL;
            case GROUP -> FindWork.Scope.MEMBERS;
            case PATIENT -> parameters.getPatientIds().isEmpty() ? FindWork.Scope.ANY_PATIENT : FindWork.Scope.MEMBERS;
        };
    }
}
