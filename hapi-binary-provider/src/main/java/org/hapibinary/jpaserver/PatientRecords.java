/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import ca.uhn.fhir.context.FhirContext;
import jakarta.persistence.EntityManager;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.hapibinary.catalog.ChunkAttempt;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Which resources are part of an export of patients or of a Group: what is in a patient's compartment, Provenance of
 * exported resources, and supporting resources, which no patient owns and to which an exported resource refers, or one of these
 * (Bulk Data IG, "Group of Patients"). HAPI's links say what refers to what.
 */
final class PatientRecords {

    private static final String MEMBERS =
            "(select m.RES_ID from HBP_EXPORT_MEMBER m where m.EXPORT_ID = ? and m.DELETED = false)";
    private static final String SUPPORTING =
            "(select u.RES_ID from HBP_EXPORT_SUPPORTING u where u.EXPORT_ID = ? and u.ATTEMPT = ?";
    private static final String PATIENT = "Patient";

    private final FhirContext fhirContext;
    private final Compartments compartments;
    private final ExportableTypes types;
    private final EntityManager entityManager;
    private final TransactionTemplate ownTransaction;

    /**
     * @param entityManager shared, of HAPI's persistence unit
     * @param transactionManager of HAPI's persistence unit
     */
    PatientRecords(
            FhirContext fhirContext,
            Compartments compartments,
            ExportableTypes types,
            EntityManager entityManager,
            PlatformTransactionManager transactionManager) {
        this.fhirContext = fhirContext;
        this.compartments = compartments;
        this.types = types;
        this.entityManager = entityManager;
        this.ownTransaction = new TransactionTemplate(transactionManager);
        this.ownTransaction.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
    }

    /**
     * Whose records.
     *
     * @param scope of all patients, or of the members
     * @param plan the attempt that has taken the members and finds the supporting resources
     * @param covered the types that the token of the kick-off covers reading; what refers to something from a resource that it
     *     does not cover adds nothing
     */
    record Of(FindWork.Scope scope, ChunkAttempt plan, Predicate<String> covered) {

        boolean isOfMembers() {
            return scope == FindWork.Scope.MEMBERS;
        }
    }

    /** Whether there is more to an export of some types than what is in a compartment. */
    boolean needSupporting(Collection<String> exported) {
        List<String> supporting = types.supporting();
        return exported.stream().anyMatch(type -> supporting.contains(type) || type.equals(ExportableTypes.PROVENANCE));
    }

    /** Whether it can be told of deleted resources of a type whose they were. */
    boolean haveOwners(String type) {
        return compartments.isOfPatients(type);
    }

    /** Finds the supporting resources of an export, round by round until there are no new ones. */
    void findSupporting(Of records) {
        List<String> supporting =
                types.supporting().stream().filter(records.covered).toList();
        int round = 0;
        int found = supporting.isEmpty() ? 0 : 1;
        while (found > 0) {
            round++;
            SqlStatement insert = insert(records, supporting, round);
            found = Objects.requireNonNull(ownTransaction.execute(tx -> insert.update(entityManager)));
        }
    }

    private SqlStatement insert(Of records, List<String> supporting, int round) {
        SqlStatement insert = new SqlStatement(
                        "insert into HBP_EXPORT_SUPPORTING (EXPORT_ID, ATTEMPT, RES_ID, FOUND_IN)"
                                + " select cast(? as varchar(36)), cast(? as integer), r.RES_ID, cast(? as integer)"
                                + " from HFJ_RESOURCE r where r.RES_DELETED_AT is null and r.RES_TYPE in ")
                .with(records.plan.exportId())
                .with(records.plan.number())
                .with(round)
                .anyOf(supporting);
        insert.and("r.RES_ID in (select s.TARGET_RESOURCE_ID from HFJ_RES_LINK s where s.TARGET_RESOURCE_TYPE in ")
                .anyOf(supporting)
                .append(" and s.SRC_RESOURCE_ID in ");
        if (round == 1) {
            sources(insert, records);
        } else {
            foundIn(insert, records, round - 1);
        }
        if (records.covered.test(ExportableTypes.PROVENANCE)) {
            insert.append(" union select s.TARGET_RESOURCE_ID from HFJ_RES_LINK s where s.TARGET_RESOURCE_TYPE in ")
                    .anyOf(supporting)
                    .append(
                            " and s.SRC_RESOURCE_ID in (select v.SRC_RESOURCE_ID from HFJ_RES_LINK v where v.SRC_PATH in ")
                    .anyOf(compartments.paths(ExportableTypes.PROVENANCE, "target"))
                    .append(" and v.TARGET_RESOURCE_ID in ");
            if (round == 1) {
                sources(insert, records);
            } else {
                foundIn(insert, records, round - 1);
            }
            insert.append(")");
        }
        insert.append(")").and("r.RES_ID not in ");
        supporting(insert, records);
        Set<String> owners = compartments.pathsToPatient(supporting);
        if (!owners.isEmpty()) {
            insert.and("not exists (select 1 from HFJ_RES_LINK o where o.SRC_RESOURCE_ID = r.RES_ID"
                            + " and o.TARGET_RESOURCE_TYPE = 'Patient' and o.SRC_PATH in ")
                    .anyOf(owners)
                    .append(")");
        }
        return insert;
    }

    /** Adds the condition that {@code r} is one of the records. */
    void limit(SqlStatement statement, String resourceType, Of records) {
        if (resourceType.equals(PATIENT)) {
            if (records.isOfMembers()) {
                statement.and("r.RES_ID in " + MEMBERS).with(records.plan.exportId());
            }
            return;
        }
        statement.and("(1 = 0");
        Set<String> paths = compartments.pathsToPatient(resourceType);
        if (!paths.isEmpty()) {
            statement.append(" or r.RES_ID in (");
            inCompartment(statement, records, paths);
            statement.append(")");
        }
        if (types.supporting().contains(resourceType)) {
            statement.append(" or r.RES_ID in ");
            supporting(statement, records);
        }
        if (resourceType.equals(ExportableTypes.PROVENANCE)) {
            ofSources(statement, records);
        }
        statement.append(")");
    }

    private void ofSources(SqlStatement statement, Of records) {
        statement
                .append(" or r.RES_ID in (select v.SRC_RESOURCE_ID from HFJ_RES_LINK v where v.SRC_PATH in ")
                .anyOf(compartments.paths(ExportableTypes.PROVENANCE, "target"))
                .append(" and (v.TARGET_RESOURCE_ID in ");
        sources(statement, records);
        statement.append(" or v.TARGET_RESOURCE_ID in ");
        supporting(statement, records);
        statement.append("))");
    }

    private static void inCompartment(SqlStatement statement, Of records, Set<String> paths) {
        statement
                .append("select l.SRC_RESOURCE_ID from HFJ_RES_LINK l where l.TARGET_RESOURCE_TYPE = 'Patient'"
                        + " and l.SRC_PATH in ")
                .anyOf(paths);
        if (records.isOfMembers()) {
            statement.and("l.TARGET_RESOURCE_ID in " + MEMBERS).with(records.plan.exportId());
        } else {
            statement.and("l.TARGET_RESOURCE_ID is not null");
        }
    }

    /** The patients and what is in their compartments, of the types that the token covers. */
    private void sources(SqlStatement statement, Of records) {
        Set<String> paths = compartments.pathsToPatient(
                fhirContext.getResourceTypes().stream().filter(records.covered).toList());
        statement.append("(select 0 where 1 = 0");
        if (!paths.isEmpty()) {
            statement.append(" union ");
            inCompartment(statement, records, paths);
        }
        if (records.covered.test(PATIENT)) {
            statement.append(" union select p.RES_ID from HFJ_RESOURCE p where p.RES_TYPE = 'Patient'");
            if (records.isOfMembers()) {
                statement.and("p.RES_ID in " + MEMBERS).with(records.plan.exportId());
            }
        }
        statement.append(")");
    }

    private static void supporting(SqlStatement statement, Of records) {
        statement.append(SUPPORTING + ")").with(records.plan.exportId()).with(records.plan.number());
    }

    private static void foundIn(SqlStatement statement, Of records, int round) {
        statement
                .append(SUPPORTING + " and u.FOUND_IN = ?)")
                .with(records.plan.exportId())
                .with(records.plan.number())
                .with(round);
    }
}
