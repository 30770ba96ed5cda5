/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.search;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.searchparam.extractor.ISearchParamExtractor;
import jakarta.persistence.EntityManager;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.hapibinary.catalog.ChunkAttempt;
import org.hl7.fhir.instance.model.api.IBaseReference;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Determines, by HAPI's links, which resources are part of an export of patients or of a Group: the patients'
 * compartments, Provenance of exported resources, and supporting resources. These belong to no patient, and an exported
 * resource refers to them, directly or through other supporting resources (Bulk Data IG, "Group of Patients").
 */
public final class PatientRecords {

    private static final String PATIENT = "Patient";

    private final FhirContext fhirContext;
    private final ISearchParamExtractor extractor;
    private final Compartments compartments;
    private final ExportableTypes types;
    private final RecordQueries queries;
    private final EntityManager entityManager;
    private final TransactionTemplate ownTransaction;

    /**
     * @param extractor finds in a resource what HAPI makes links of
     * @param entityManager a shared one of HAPI's persistence unit
     * @param transactionManager of HAPI's persistence unit
     */
    public PatientRecords(
            FhirContext fhirContext,
            ISearchParamExtractor extractor,
            Compartments compartments,
            ExportableTypes types,
            EntityManager entityManager,
            PlatformTransactionManager transactionManager) {
        this.fhirContext = fhirContext;
        this.extractor = extractor;
        this.compartments = compartments;
        this.types = types;
        this.queries = new RecordQueries(fhirContext, compartments, types);
        this.entityManager = entityManager;
        this.ownTransaction = new TransactionTemplate(transactionManager);
        this.ownTransaction.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
    }

    /**
     * The export whose resources are determined.
     *
     * @param scope all patients, or the members
     * @param plan the attempt that has determined the members and finds the supporting resources
     * @param covered whether the token of the kick-off covers reading a type; references in resources of other types do
     *     not count
     */
    public record Of(FindWork.Scope scope, ChunkAttempt plan, Predicate<String> covered) {

        boolean isOfMembers() {
            return scope == FindWork.Scope.MEMBERS;
        }
    }

    RecordQueries queries() {
        return queries;
    }

    /** Whether an export of these types contains more than the patients' compartments. */
    public boolean needSupporting(Collection<String> exported) {
        List<String> supporting = types.supporting();
        return exported.stream().anyMatch(type -> supporting.contains(type) || type.equals(ExportableTypes.PROVENANCE));
    }

    /** The ids of the patients whose compartments contain a resource, and of those that a Provenance is about. */
    public Set<String> owners(String resourceType, String id) {
        if (resourceType.equals(PATIENT)) {
            return Set.of(id);
        }
        Set<String> paths = compartments.pathsToOwners(resourceType);
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

    /**
     * The same of any version of a resource. HAPI keeps links of current versions only. Patients of other servers have
     * their URLs.
     */
    public Set<String> owners(IBaseResource version) {
        String resourceType = fhirContext.getResourceType(version);
        if (resourceType.equals(PATIENT)) {
            return Set.of(version.getIdElement().getIdPart());
        }
        return compartments.pathsToOwners(resourceType).stream()
                .flatMap(path -> extractor.extractValues(path, version).stream())
                .filter(IBaseReference.class::isInstance)
                .map(reference -> ((IBaseReference) reference).getReferenceElement())
                .filter(id -> PATIENT.equals(id.getResourceType()) && id.hasIdPart())
                .map(id -> id.hasBaseUrl() ? id.getValue() : id.getIdPart())
                .collect(Collectors.toSet());
    }

    /** Whether resources of a type are exported even if they belong to no patient. */
    public boolean mayBeNobodys(String type) {
        return isSupporting(type) || type.equals(ExportableTypes.PROVENANCE);
    }

    /** Whether a type is one of supporting resources. */
    public boolean isSupporting(String type) {
        return types.supporting().contains(type);
    }

    /**
     * Finds the supporting resources of an export, in rounds until there are no new ones.
     *
     * @param goOn called before each round; throws if the export has ended or the attempt is superseded
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
                                + " from HFJ_RESOURCE r join (" + RecordQueries.NONE + RecordQueries.UNION)
                .with(records.plan.exportId())
                .with(records.plan.number())
                .with(round);
        RecordQueries.targets(insert, supporting, () -> queries.foundBefore(insert, records, round));
        if (!queries.provenanceTargets(records).isEmpty()) {
            insert.append(RecordQueries.UNION);
            RecordQueries.targets(
                    insert,
                    supporting,
                    () -> queries.provenance(insert, records, () -> queries.foundBefore(insert, records, round)));
        }
        insert.append(") x on x.ID = r.RES_ID where r.RES_DELETED_AT is null and r.RES_TYPE in ")
                .anyOf(supporting)
                .and("not exists (select 1 from HBP_EXPORT_SUPPORTING u where u.EXPORT_ID = ? and u.ATTEMPT = ?"
                        + " and u.RES_ID = r.RES_ID)")
                .with(records.plan.exportId())
                .with(records.plan.number());
        queries.limitToUnowned(insert, supporting);
        return insert;
    }
}
