/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.search;

import ca.uhn.fhir.context.FhirContext;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * Builds the SQL for an export of patients or of a Group, from subqueries for its members, their compartments,
 * Provenance, and supporting resources.
 */
final class RecordQueries {

    /** Without duplicates. */
    static final String UNION = " union ";

    static final String NONE = "select cast(0 as bigint) as ID where 1 = 0";

    private static final String PATIENT = "Patient";

    private final FhirContext fhirContext;
    private final Compartments compartments;
    private final ExportableTypes types;

    RecordQueries(FhirContext fhirContext, Compartments compartments, ExportableTypes types) {
        this.fhirContext = fhirContext;
        this.compartments = compartments;
        this.types = types;
    }

    /** Limits resources {@code r} of some types to those that belong to no patient. */
    void limitToUnowned(SqlStatement statement, Collection<String> resourceTypes) {
        Set<String> owners = compartments.pathsToPatient(resourceTypes);
        if (!owners.isEmpty()) {
            statement
                    .and("not exists (select 1 from HFJ_RES_LINK o where o.SRC_RESOURCE_ID = r.RES_ID"
                            + " and o.TARGET_RESOURCE_TYPE = 'Patient' and o.SRC_PATH in ")
                    .anyOf(owners)
                    .append(")");
        }
    }

    /** Selects the targets, of these types, to which the sources refer. */
    static void targets(SqlStatement statement, List<String> types, Runnable sources) {
        statement.append("select s.TARGET_RESOURCE_ID as ID from HFJ_RES_LINK s join (");
        sources.run();
        statement
                .append(") f on f.ID = s.SRC_RESOURCE_ID where s.TARGET_RESOURCE_TYPE in ")
                .anyOf(types);
    }

    /**
     * Joins {@code r} with the records, without duplicates. It avoids subqueries in conditions, but for those of
     * Provenance and of deleted patients: H2 evaluates them for each row if another export is changing their tables,
     * and PostgreSQL does so for those combined with {@code or}.
     */
    void join(SqlStatement statement, String resourceType, PatientRecords.Of records) {
        if (resourceType.equals(PATIENT) && !records.isOfMembers()) {
            return;
        }
        statement.append(" join (" + NONE);
        if (resourceType.equals(PATIENT)) {
            statement.append(UNION);
            members(statement, records);
        }
        Set<String> paths = compartments.pathsToPatient(resourceType);
        if (!resourceType.equals(PATIENT) && !paths.isEmpty()) {
            statement.append(UNION);
            inCompartment(statement, records, paths);
        }
        if (types.supporting().contains(resourceType)) {
            statement.append(UNION);
            supporting(statement, records);
        }
        if (resourceType.equals(ExportableTypes.PROVENANCE)
                && !provenanceTargets(records).isEmpty()) {
            statement.append(UNION);
            provenance(statement, records, () -> {
                sources(statement, records);
                statement.append(UNION);
                supporting(statement, records);
            });
        }
        statement.append(") x on x.ID = r.RES_ID");
    }

    /** The paths of {@code Provenance.target}; empty if the token does not cover Provenance. */
    Set<String> provenanceTargets(PatientRecords.Of records) {
        return records.covered().test(ExportableTypes.PROVENANCE)
                ? compartments.paths(ExportableTypes.PROVENANCE, "target")
                : Set.of();
    }

    /** Selects Provenance of these targets, without that whose patients are all outside the export. */
    void provenance(SqlStatement statement, PatientRecords.Of records, Runnable targets) {
        Set<String> owners = compartments.pathsToOwners(ExportableTypes.PROVENANCE);
        statement.append("select v.ID from (select distinct l.SRC_RESOURCE_ID as ID from HFJ_RES_LINK l join (");
        targets.run();
        statement
                .append(") t on t.ID = l.TARGET_RESOURCE_ID where l.SRC_PATH in ")
                .anyOf(provenanceTargets(records));
        statement
                .append(") v where (not exists (select 1 from HFJ_RES_LINK o where o.SRC_RESOURCE_ID = v.ID"
                        + " and o.TARGET_RESOURCE_TYPE = 'Patient' and o.SRC_PATH in ")
                .anyOf(owners)
                .append(") or exists (select 1 from HFJ_RES_LINK o join ")
                .append(records.isOfMembers() ? "HBP_EXPORT_MEMBER" : "HFJ_RESOURCE")
                .append(" p on p.RES_ID = o.TARGET_RESOURCE_ID where o.SRC_RESOURCE_ID = v.ID"
                        + " and o.TARGET_RESOURCE_TYPE = 'Patient' and o.SRC_PATH in ")
                .anyOf(owners);
        if (records.isOfMembers()) {
            statement
                    .and("p.EXPORT_ID = ? and p.DELETED = false")
                    .with(records.plan().exportId());
        } else {
            statement.and("p.RES_DELETED_AT is null");
        }
        statement.append("))");
    }

    private static void members(SqlStatement statement, PatientRecords.Of records) {
        statement
                .append("select m.RES_ID as ID from HBP_EXPORT_MEMBER m where m.EXPORT_ID = ? and m.DELETED = false")
                .with(records.plan().exportId());
    }

    private static void inCompartment(SqlStatement statement, PatientRecords.Of records, Set<String> paths) {
        if (records.isOfMembers()) {
            statement
                    .append("select l.SRC_RESOURCE_ID as ID from HBP_EXPORT_MEMBER m join HFJ_RES_LINK l"
                            + " on l.TARGET_RESOURCE_ID = m.RES_ID where m.EXPORT_ID = ? and m.DELETED = false"
                            + " and l.SRC_PATH in ")
                    .with(records.plan().exportId())
                    .anyOf(paths);
        } else {
            statement
                    .append("select l.SRC_RESOURCE_ID as ID from HFJ_RES_LINK l"
                            + " where l.TARGET_RESOURCE_TYPE = 'Patient' and l.TARGET_RESOURCE_ID is not null"
                            + " and not exists (select 1 from HFJ_RESOURCE p where p.RES_ID = l.TARGET_RESOURCE_ID"
                            + " and p.RES_TYPE = 'Patient' and p.RES_DELETED_AT is not null) and l.SRC_PATH in ")
                    .anyOf(paths);
        }
    }

    /** Selects the patients and their compartments, of the types that the token covers. */
    private void sources(SqlStatement statement, PatientRecords.Of records) {
        Set<String> paths = compartments.pathsToPatient(coveredTypes(records));
        statement.append(NONE);
        if (!paths.isEmpty()) {
            statement.append(UNION);
            inCompartment(statement, records, paths);
        }
        if (records.covered().test(PATIENT)) {
            statement.append(UNION);
            if (records.isOfMembers()) {
                members(statement, records);
            } else {
                statement.append("select p.RES_ID as ID from HFJ_RESOURCE p where p.RES_TYPE = 'Patient'"
                        + " and p.RES_DELETED_AT is null");
            }
        }
    }

    /** The types that the token covers. */
    List<String> coveredTypes(PatientRecords.Of records) {
        return fhirContext.getResourceTypes().stream().filter(records.covered()).toList();
    }

    private static void supporting(SqlStatement statement, PatientRecords.Of records) {
        statement
                .append("select u.RES_ID as ID from HBP_EXPORT_SUPPORTING u where u.EXPORT_ID = ? and u.ATTEMPT = ?")
                .with(records.plan().exportId())
                .with(records.plan().number());
    }

    void foundBefore(SqlStatement statement, PatientRecords.Of records, int round) {
        if (round == 1) {
            sources(statement, records);
        } else {
            supporting(statement, records);
            statement.and("u.FOUND_IN = ?").with(round - 1);
        }
    }
}
