/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.jpa.bulk.export.api.IBulkExportProcessor;
import ca.uhn.fhir.jpa.bulk.export.model.ExportPIDIteratorParameters;
import ca.uhn.fhir.model.primitive.IdDt;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters.ExportStyle;
import ca.uhn.fhir.rest.param.DateParam;
import ca.uhn.fhir.rest.param.DateRangeParam;
import ca.uhn.fhir.rest.param.ParamPrefixEnum;
import ca.uhn.fhir.rest.server.exceptions.ResourceGoneException;
import ca.uhn.fhir.rest.server.exceptions.ResourceNotFoundException;
import ca.uhn.fhir.util.FhirTerser;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.ExportIssue.Severity;
import org.hl7.fhir.instance.model.api.IBase;
import org.hl7.fhir.instance.model.api.IBaseReference;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.instance.model.api.IIdType;

/**
 * The patients that an export is of: those named at the kick-off, or the members of the Group that are active at its moment,
 * those of Groups among them too (FHIR R4, Group.member).
 */
final class GroupMembers {

    private static final String PATIENT = "Patient";
    private static final String GROUP = "Group";

    private final FhirContext fhirContext;
    private final DaoRegistry daos;
    private final PatientKeys patients;
    private final IBulkExportProcessor<?> mdm;
    private final JpaStorageSettings settings;

    /**
     * @param mdm HAPI's, which knows what other records there are of a patient
     * @param settings of the server; the base URLs it treats as its own
     */
    GroupMembers(
            FhirContext fhirContext,
            DaoRegistry daos,
            PatientKeys patients,
            IBulkExportProcessor<?> mdm,
            JpaStorageSettings settings) {
        this.fhirContext = fhirContext;
        this.daos = daos;
        this.patients = patients;
        this.mdm = mdm;
        this.settings = settings;
    }

    /**
     * HAPI's keys of the patients; those that do not exist are reported.
     *
     * @param at the moment at which members are looked at
     */
    Set<Long> of(BulkExportJobParameters parameters, RunningChunk chunk, Instant at) {
        Set<String> ids = new LinkedHashSet<>();
        parameters.getPatientIds().forEach(id -> ids.add(idPart(id)));
        if (parameters.getExportStyle() == ExportStyle.GROUP) {
            Set<String> members = new LinkedHashSet<>();
            addMembers(parameters.getGroupId(), chunk, at, members, new HashSet<>());
            if (ids.isEmpty()) {
                ids.addAll(members);
            } else {
                ids.retainAll(members);
            }
        }
        if (parameters.isExpandMdm() && !ids.isEmpty()) {
            ids.addAll(expanded(ids, chunk.partition()));
        }
        Map<String, Long> keys = patients.of(ids, chunk.partition());
        ids.stream()
                .filter(id -> !keys.containsKey(id))
                .forEach(id -> chunk.report(new ExportIssue(
                        Severity.WARNING, "not-found", "Patient/" + id + " does not exist; it is not in the export.")));
        return new LinkedHashSet<>(keys.values());
    }

    private static String idPart(String reference) {
        return reference.substring(reference.indexOf('/') + 1);
    }

    private void addMembers(String groupId, RunningChunk chunk, Instant at, Set<String> members, Set<String> visited) {
        String id = idPart(groupId);
        if (!visited.add(id)) {
            return;
        }
        IBaseResource group;
        try {
            group = daos.getResourceDao(GROUP)
                    .read(new IdDt(GROUP, id), SystemRequestDetails.forRequestPartitionId(chunk.partition()));
        } catch (ResourceNotFoundException | ResourceGoneException e) {
            chunk.report(new ExportIssue(
                    Severity.WARNING, "not-found", "Group/" + id + " does not exist; its members are not known."));
            return;
        }
        FhirTerser terser = fhirContext.newTerser();
        for (IBase member : terser.getValues(group, "member")) {
            IIdType entity = terser.getSingleValue(member, "entity", IBaseReference.class)
                    .map(IBaseReference::getReferenceElement)
                    .orElse(null);
            if (entity == null || !entity.hasIdPart() || !isActive(terser, member, at)) {
                continue;
            }
            if (entity.hasBaseUrl() && !isLocal(entity.getBaseUrl(), chunk)) {
                chunk.report(new ExportIssue(
                        Severity.WARNING,
                        "not-found",
                        "Group/" + id + " has a member on another server; it is not in the export."));
                continue;
            }
            if (PATIENT.equals(entity.getResourceType())) {
                members.add(entity.getIdPart());
            } else if (GROUP.equals(entity.getResourceType())) {
                addMembers(entity.getIdPart(), chunk, at, members, visited);
            }
        }
    }

    private boolean isLocal(String baseUrl, RunningChunk chunk) {
        return chunk.bases(settings.getTreatBaseUrlsAsLocal()).contains(RunningChunk.withoutSlash(baseUrl));
    }

    private static boolean isActive(FhirTerser terser, IBase member, Instant at) {
        boolean inactive = "true".equals(terser.getSinglePrimitiveValueOrNull(member, "inactive"));
        IBase period = terser.getSingleValueOrNull(member, "period", IBase.class);
        return !inactive && (period == null || includes(terser, period, at));
    }

    /** A date without a time stands for all of its day (FHIR R4, "Period"). */
    private static boolean includes(FhirTerser terser, IBase period, Instant at) {
        String start = terser.getSinglePrimitiveValueOrNull(period, "start");
        String end = terser.getSinglePrimitiveValueOrNull(period, "end");
        boolean begun = start == null
                || !range(start).getLowerBoundAsInstant().toInstant().isAfter(at);
        return begun
                && (end == null
                        || !range(end).getUpperBoundAsInstant().toInstant().isBefore(at));
    }

    private static DateRangeParam range(String date) {
        return new DateRangeParam(new DateParam(ParamPrefixEnum.EQUAL, date));
    }

    private Set<String> expanded(Set<String> ids, RequestPartitionId partition) {
        ExportPIDIteratorParameters parameters = new ExportPIDIteratorParameters();
        parameters.setPatientIds(ids.stream().map(id -> PATIENT + "/" + id).toList());
        parameters.setPartitionId(partition);
        parameters.setExpandMdm(true);
        return mdm.getPatientSetForPatientExport(parameters).stream()
                .map(GroupMembers::idPart)
                .collect(Collectors.toSet());
    }
}
