/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.search;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import com.google.common.collect.Lists;
import jakarta.persistence.EntityManager;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.hapibinary.attachment.PatientsOfResources;
import org.hapibinary.jpaserver.chunk.RunningChunk;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Finds, by HAPI's links, the patients of an export to whom resources belong. */
public final class ExportPatients {

    /** Limited because H2 compares each row with every id of the list. */
    private static final int IDS_PER_QUERY = 100;

    private static final String PATIENT = "Patient";

    private final Set<String> resourceTypes;
    private final Compartments compartments;
    private final EntityManager entityManager;
    private final TransactionTemplate transaction;

    /**
     * @param fhirContext of the server
     * @param searchParameters the server's search parameters
     * @param entityManager a shared one of HAPI's persistence unit
     * @param transactionManager of HAPI's persistence unit
     */
    public ExportPatients(
            FhirContext fhirContext,
            ISearchParamRegistry searchParameters,
            EntityManager entityManager,
            PlatformTransactionManager transactionManager) {
        this.resourceTypes = fhirContext.getResourceTypes();
        this.compartments = new Compartments(fhirContext, searchParameters);
        this.entityManager = entityManager;
        this.transaction = new TransactionTemplate(transactionManager);
        this.transaction.setReadOnly(true);
    }

    /** For an export of all patients. */
    public PatientsOfResources all(RequestPartitionId partition) {
        return resources -> of(resources, partition, UnaryOperator.identity());
    }

    /**
     * For an export of its members only. A resource that belongs to a member and to another patient grants access to
     * nothing of the other patient.
     */
    public PatientsOfResources members(String exportId, RequestPartitionId partition) {
        return resources -> of(resources, partition, ids -> membersAmong(ids, exportId));
    }

    /**
     * For a job of HAPI's own definition, whose members are unknown. A resource that belongs to several patients grants
     * access to nothing, unless the export is of one patient or of all.
     */
    public PatientsOfResources ofHapisJob(RunningChunk chunk) {
        String exported = chunk.export().kickOff().exported().orElse("");
        if (exported.startsWith(PATIENT + "/")) {
            Set<String> patient = Set.of(exported.substring(PATIENT.length() + 1));
            return resources -> of(resources, chunk.partition(), ids -> patient);
        }
        if (exported.isEmpty()) {
            return all(chunk.partition());
        }
        return resources -> {
            Map<String, Set<String>> owners = of(resources, chunk.partition(), UnaryOperator.identity());
            owners.values().removeIf(patients -> patients.size() != 1);
            return owners;
        };
    }

    private Map<String, Set<String>> of(
            Collection<String> resources, RequestPartitionId partition, UnaryOperator<Set<String>> exported) {
        Map<String, Set<String>> owners = new HashMap<>();
        Set<String> types = new HashSet<>();
        Set<String> ids = new HashSet<>();
        for (String resource : resources) {
            String type = resource.substring(0, resource.indexOf('/'));
            String id = resource.substring(type.length() + 1);
            if (type.equals(PATIENT)) {
                owners.put(resource, new HashSet<>(Set.of(id)));
            } else if (resourceTypes.contains(type)) {
                types.add(type);
                ids.add(id);
            }
        }
        Set<String> paths = compartments.pathsToPatient(types);
        if (!paths.isEmpty()) {
            Set<String> wanted = Set.copyOf(resources);
            for (List<String> some : Lists.partition(List.copyOf(ids), IDS_PER_QUERY)) {
                addLinked(some, paths, partition, wanted, owners);
            }
        }
        Set<String> kept = exported.apply(union(owners.values()));
        owners.values().forEach(patients -> patients.retainAll(kept));
        return owners;
    }

    private static Set<String> union(Collection<Set<String>> sets) {
        Set<String> union = new HashSet<>();
        sets.forEach(union::addAll);
        return union;
    }

    private void addLinked(
            List<String> ids,
            Set<String> paths,
            RequestPartitionId partition,
            Set<String> wanted,
            Map<String, Set<String>> owners) {
        Objects.requireNonNull(transaction.execute(tx -> entityManager
                        .createQuery(
                                "select r.myResourceType, r.myFhirId, r.myPartitionIdValue, p.myFhirId"
                                        + " from ResourceLink l, ResourceTable r, ResourceTable p"
                                        + " where r.myFhirId in :ids and r.myDeleted is null"
                                        + " and l.mySourceResource = r and l.mySourcePath in :paths"
                                        + " and l.myTargetResource = p and p.myResourceType = 'Patient'",
                                Object[].class)
                        .setParameter("ids", ids)
                        .setParameter("paths", paths)
                        .getResultList()))
                .stream()
                .filter(row -> partition.isAllPartitions() || partition.isPartitionCovered((Integer) row[2]))
                .filter(row -> wanted.contains(row[0] + "/" + row[1]))
                .forEach(row -> owners.computeIfAbsent(row[0] + "/" + row[1], resource -> new HashSet<>())
                        .add((String) row[3]));
    }

    private Set<String> membersAmong(Set<String> ids, String exportId) {
        Set<String> members = new HashSet<>();
        for (List<String> some : Lists.partition(List.copyOf(ids), IDS_PER_QUERY)) {
            List<?> found = transaction.execute(tx -> entityManager
                    .createNativeQuery("select r.FHIR_ID from HBP_EXPORT_MEMBER m"
                            + " join HFJ_RESOURCE r on r.RES_ID = m.RES_ID"
                            + " where m.EXPORT_ID = :exportId and m.DELETED = false and r.FHIR_ID in :some")
                    .setParameter("exportId", exportId)
                    .setParameter("some", some)
                    .getResultList());
            Objects.requireNonNull(found).forEach(id -> members.add((String) id));
        }
        return members;
    }
}
