/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.search;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.model.primitive.IdDt;
import ca.uhn.fhir.parser.DataFormatException;
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
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.ExportIssue.Severity;
import org.hapibinary.jpaserver.chunk.RunningChunk;
import org.hapibinary.jpaserver.version.LinkedPatients;
import org.hapibinary.storage.DatabaseFaults;
import org.hl7.fhir.instance.model.api.IBase;
import org.hl7.fhir.instance.model.api.IBaseReference;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.instance.model.api.IIdType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Determines the members of an export: the patients that the kick-off names, or the members of the Group that are
 * active at the transaction time, including the members of Groups that are members of it (FHIR R4, Group.member).
 */
public final class GroupMembers {

    private static final Logger log = LoggerFactory.getLogger(GroupMembers.class);

    private static final String PATIENT = "Patient";
    private static final String GROUP = "Group";

    private final FhirContext fhirContext;
    private final DaoRegistry daos;
    private final PatientKeys patients;
    private final LinkedPatients linked;
    private final JpaStorageSettings settings;

    /**
     * @param linked finds the linked records of a patient (MDM)
     * @param settings the server's, with the base URLs that it treats as its own
     */
    public GroupMembers(
            FhirContext fhirContext,
            DaoRegistry daos,
            PatientKeys patients,
            LinkedPatients linked,
            JpaStorageSettings settings) {
        this.fhirContext = fhirContext;
        this.daos = daos;
        this.patients = patients;
        this.linked = linked;
        this.settings = settings;
    }

    /**
     * How members are looked up.
     *
     * @param partition the partitions to search
     * @param baseUrl the FHIR base URL of the kick-off
     * @param at the time at which a membership must be active
     * @param report receives an issue for each member that cannot be looked up
     */
    public record Look(RequestPartitionId partition, String baseUrl, Instant at, Consumer<ExportIssue> report) {}

    /**
     * HAPI's keys of patients.
     *
     * @param keys the keys of patients that exist
     * @param deleted the keys of deleted patients
     */
    public record Members(Collection<Long> keys, Collection<Long> deleted) {}

    /** Returns the members of an export, and reports those that do not exist. */
    public Members of(BulkExportJobParameters parameters, Look look) {
        Set<String> ids = new LinkedHashSet<>();
        parameters.getPatientIds().forEach(id -> ids.add(idPart(id)));
        if (parameters.getExportStyle() == ExportStyle.GROUP) {
            Set<String> members = membersOf(parameters.getGroupId(), look);
            if (ids.isEmpty()) {
                ids.addAll(members);
            } else {
                ids.retainAll(members);
            }
        }
        if (parameters.isExpandMdm() && !ids.isEmpty()) {
            ids.addAll(linked.of(ids, look.partition()).stream()
                    .map(GroupMembers::idPart)
                    .collect(Collectors.toSet()));
        }
        Map<String, Long> keys = patients.of(ids, look.partition());
        ids.stream().filter(id -> !keys.containsKey(id)).forEach(id -> look.report()
                .accept(new ExportIssue(
                        Severity.WARNING, "not-found", "Patient/" + id + " does not exist; it is not in the export.")));
        ids.removeAll(keys.keySet());
        return new Members(
                Set.copyOf(keys.values()),
                patients.ofDeleted(ids, look.partition()).values());
    }

    private static String idPart(String reference) {
        return reference.substring(reference.indexOf('/') + 1);
    }

    /** The ids of the patients that are members of a Group, also of those that do not exist. */
    public Set<String> membersOf(String groupId, Look look) {
        Set<String> members = new LinkedHashSet<>();
        addMembers(groupId, look, members, new HashSet<>());
        return members;
    }

    private void addMembers(String groupId, Look look, Set<String> members, Set<String> visited) {
        String id = idPart(groupId);
        if (!visited.add(id)) {
            return;
        }
        IBaseResource group;
        try {
            group = daos.getResourceDao(GROUP)
                    .read(new IdDt(GROUP, id), SystemRequestDetails.forRequestPartitionId(look.partition()));
        } catch (ResourceNotFoundException | ResourceGoneException e) {
            look.report()
                    .accept(new ExportIssue(
                            Severity.WARNING,
                            "not-found",
                            "Group/" + id + " does not exist; its members are not known."));
            return;
        } catch (RuntimeException e) {
            DatabaseFaults.throwIfIn(e);
            log.warn("Group/{} cannot be read; its members are left out of an export", id, e);
            report(look, "Group/" + id + " cannot be read by the server; its members are not known.");
            return;
        }
        FhirTerser terser = fhirContext.newTerser();
        for (IBase member : terser.getValues(group, "member")) {
            IIdType entity = terser.getSingleValue(member, "entity", IBaseReference.class)
                    .map(IBaseReference::getReferenceElement)
                    .orElse(null);
            if (entity == null || !entity.hasIdPart()) {
                continue;
            }
            try {
                if (!isActive(terser, member, look.at())) {
                    continue;
                }
            } catch (DataFormatException e) {
                report(
                        look,
                        "Group/" + id + " has the member "
                                + entity.toUnqualifiedVersionless().getValue()
                                + " for a period that cannot be read; it is not in the export.");
                continue;
            }
            if (entity.hasBaseUrl() && !isLocal(entity.getBaseUrl(), look)) {
                look.report()
                        .accept(new ExportIssue(
                                Severity.WARNING,
                                "not-found",
                                "Group/" + id + " has a member on another server; it is not in the export."));
                continue;
            }
            if (PATIENT.equals(entity.getResourceType())) {
                members.add(entity.getIdPart());
            } else if (GROUP.equals(entity.getResourceType())) {
                addMembers(entity.getIdPart(), look, members, visited);
            }
        }
    }

    private static void report(Look look, String diagnostics) {
        look.report().accept(new ExportIssue(Severity.ERROR, "exception", diagnostics));
    }

    private boolean isLocal(String baseUrl, Look look) {
        return RunningChunk.bases(look.baseUrl(), settings.getTreatBaseUrlsAsLocal())
                .contains(RunningChunk.withoutSlash(baseUrl));
    }

    private static boolean isActive(FhirTerser terser, IBase member, Instant at) {
        boolean inactive = "true".equals(terser.getSinglePrimitiveValueOrNull(member, "inactive"));
        IBase period = terser.getSingleValueOrNull(member, "period", IBase.class);
        return !inactive && (period == null || includes(terser, period, at));
    }

    /** Whether a period includes a time. A date without a time includes its whole day (FHIR R4, "Period"). */
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
}
