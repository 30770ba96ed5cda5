/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.search;

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
 * exported resources, and supporting resources, which no patient owns and to which an exported resource refers, or one
 * of these (Bulk Data IG, "Group of Patients"). HAPI's links say what refers to what.
 */
public final class PatientRecords {

    /** Each once. */
    private static final String UNION = " union ";

    private static final String NONE = "select cast(0 as bigint) as ID where 1 = 0";
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
    public PatientRecords(
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
     * @param covered the types that the token of the kick-off covers reading; what refers to something from a resource
     *     that it does not cover adds nothing
     */
    public record Of(FindWork.Scope scope, ChunkAttempt plan, Predicate<String> covered) {

        boolean isOfMembers() {
            return scope == FindWork.Scope.MEMBERS;
        }
    }

    /** Whether there is more to an export of some types than what is in a compartment. */
    public boolean needSupporting(Collection<String> exported) {
        List<String> supporting = types.supporting();
        return exported.stream().anyMatch(type -> supporting.contains(type) || type.equals(ExportableTypes.PROVENANCE));
    }

    /** The ids of the patients in whose compartment a resource is. */
    public Set<String> owners(String resourceType, String id) {
        if (resourceType.equals(PATIENT)) {
            return Set.of(id);
        }
        Set<String> paths = compartments.pathsToPatient(resourceType);
        return paths.isEmpty()
                ? Set.of()
                : Set.copyOf(Objects.requireNonNull(ownTransaction.execute(tx -> entityManager
                        .createQuery(
                                "select p.myFhirId from ResourceLink l, ResourceTable r, ResourceTable p"
                                        + " where r.myResourceType = :type and r.myFhirId = :id"
                                        + " and l.mySourceResource = r and l.mySourcePath in :paths"
                                        + " and l.myTargetResource = p and p.myResourceType = 'Patient'",
                                String.class)
                        .setParameter("type", resourceType)
                        .setParameter("id", id)
                        .setParameter("paths", paths)
                        .getResultList())));
    }

    /** Whether resources of a type go along though no patient owns them. */
    public boolean mayBeNobodys(String type) {
        return isSupporting(type) || type.equals(ExportableTypes.PROVENANCE);
    }

    /** Whether a type is of resources that go along with what refers to them, if no patient owns them. */
    public boolean isSupporting(String type) {
        return types.supporting().contains(type);
    }

    /**
     * Finds the supporting resources of an export, round by round until there are no new ones.
     *
     * @param goOn asked before each round; throws if the work is not wanted any more
     */
    public void findSupporting(Of records, Runnable goOn) {
        List<String> supporting =
                types.supporting().stream().filter(records.covered).toList();
        int round = 0;
        int found = supporting.isEmpty() ? 0 : 1;
        while (found > 0) {
            goOn.run();
            round++;
            SqlStatement insert = insert(records, supporting, round);
            found = Objects.requireNonNull(ownTransaction.execute(tx -> insert.update(entityManager)));
        }
    }

    private SqlStatement insert(Of records, List<String> supporting, int round) {
        SqlStatement insert = new SqlStatement(
                        "insert into HBP_EXPORT_SUPPORTING (EXPORT_ID, ATTEMPT, RES_ID, FOUND_IN)"
                                + " select cast(? as varchar(36)), cast(? as integer), r.RES_ID, cast(? as integer)"
                                + " from HFJ_RESOURCE r join (" + NONE + UNION)
                .with(records.plan.exportId())
                .with(records.plan.number())
                .with(round);
        targets(insert, supporting, () -> foundBefore(insert, records, round));
        if (!provenanceTargets(records).isEmpty()) {
            insert.append(UNION);
            targets(insert, supporting, () -> provenance(insert, records, () -> foundBefore(insert, records, round)));
        }
        insert.append(") x on x.ID = r.RES_ID where r.RES_DELETED_AT is null and r.RES_TYPE in ")
                .anyOf(supporting)
                .and("not exists (select 1 from HBP_EXPORT_SUPPORTING u where u.EXPORT_ID = ? and u.ATTEMPT = ?"
                        + " and u.RES_ID = r.RES_ID)")
                .with(records.plan.exportId())
                .with(records.plan.number());
        limitToUnowned(insert, supporting);
        return insert;
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

    /** What some resources refer to. */
    private static void targets(SqlStatement statement, List<String> types, Runnable sources) {
        statement.append("select s.TARGET_RESOURCE_ID as ID from HFJ_RES_LINK s join (");
        sources.run();
        statement
                .append(") f on f.ID = s.SRC_RESOURCE_ID where s.TARGET_RESOURCE_TYPE in ")
                .anyOf(types);
    }

    /**
     * Joins {@code r} with the records, each of which is there once. Subqueries in a condition are not used: H2 asks
     * them for each row while another export changes their tables, and PostgreSQL does so for alternatives.
     */
    void join(SqlStatement statement, String resourceType, Of records) {
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

    /** Where Provenance says what it is of; nothing if the token does not cover it. */
    Set<String> provenanceTargets(Of records) {
        return records.covered.test(ExportableTypes.PROVENANCE)
                ? compartments.paths(ExportableTypes.PROVENANCE, "target")
                : Set.of();
    }

    /** Provenance of some targets, but for that of other patients only. */
    void provenance(SqlStatement statement, Of records, Runnable targets) {
        statement.append("select v.SRC_RESOURCE_ID as ID from HFJ_RES_LINK v join (");
        targets.run();
        statement
                .append(") t on t.ID = v.TARGET_RESOURCE_ID where v.SRC_PATH in ")
                .anyOf(provenanceTargets(records));
        if (records.isOfMembers()) {
            statement
                    .and("(not exists (select 1 from HFJ_RES_LINK o where o.SRC_RESOURCE_ID = v.SRC_RESOURCE_ID"
                            + " and o.TARGET_RESOURCE_TYPE = 'Patient' and o.SRC_PATH in ")
                    .anyOf(provenanceTargets(records))
                    .append(") or exists (select 1 from HFJ_RES_LINK o join HBP_EXPORT_MEMBER m"
                            + " on m.RES_ID = o.TARGET_RESOURCE_ID where o.SRC_RESOURCE_ID = v.SRC_RESOURCE_ID"
                            + " and o.SRC_PATH in ")
                    .anyOf(provenanceTargets(records))
                    .append(" and m.EXPORT_ID = ? and m.DELETED = false))")
                    .with(records.plan.exportId());
        }
    }

    private static void members(SqlStatement statement, Of records) {
        statement
                .append("select m.RES_ID as ID from HBP_EXPORT_MEMBER m where m.EXPORT_ID = ? and m.DELETED = false")
                .with(records.plan.exportId());
    }

    private static void inCompartment(SqlStatement statement, Of records, Set<String> paths) {
        if (records.isOfMembers()) {
            statement
                    .append("select l.SRC_RESOURCE_ID as ID from HBP_EXPORT_MEMBER m join HFJ_RES_LINK l"
                            + " on l.TARGET_RESOURCE_ID = m.RES_ID where m.EXPORT_ID = ? and m.DELETED = false"
                            + " and l.SRC_PATH in ")
                    .with(records.plan.exportId())
                    .anyOf(paths);
        } else {
            statement
                    .append("select l.SRC_RESOURCE_ID as ID from HFJ_RES_LINK l where l.TARGET_RESOURCE_TYPE ="
                            + " 'Patient'"
                            + " and l.TARGET_RESOURCE_ID is not null and l.SRC_PATH in ")
                    .anyOf(paths);
        }
    }

    /** The patients and what is in their compartments, of the types that the token covers. */
    private void sources(SqlStatement statement, Of records) {
        Set<String> paths = compartments.pathsToPatient(coveredTypes(records));
        statement.append(NONE);
        if (!paths.isEmpty()) {
            statement.append(UNION);
            inCompartment(statement, records, paths);
        }
        if (records.covered.test(PATIENT)) {
            statement.append(UNION);
            if (records.isOfMembers()) {
                members(statement, records);
            } else {
                statement.append("select p.RES_ID as ID from HFJ_RESOURCE p where p.RES_TYPE = 'Patient'");
            }
        }
    }

    /** The types that the token covers. */
    List<String> coveredTypes(Of records) {
        return fhirContext.getResourceTypes().stream().filter(records.covered).toList();
    }

    private static void supporting(SqlStatement statement, Of records) {
        statement
                .append("select u.RES_ID as ID from HBP_EXPORT_SUPPORTING u where u.EXPORT_ID = ? and u.ATTEMPT = ?")
                .with(records.plan.exportId())
                .with(records.plan.number());
    }

    private void foundBefore(SqlStatement statement, Of records, int round) {
        if (round == 1) {
            sources(statement, records);
        } else {
            supporting(statement, records);
            statement.and("u.FOUND_IN = ?").with(round - 1);
        }
    }
}
