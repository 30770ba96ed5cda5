/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.search;

import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import com.google.common.collect.Lists;
import jakarta.persistence.EntityManager;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Finds HAPI's keys of patients. */
public final class PatientKeys {

    /** Limited because H2 compares each row with every id of the list. */
    private static final int IDS_PER_QUERY = 100;

    private final EntityManager entityManager;
    private final TransactionTemplate transaction;

    /**
     * @param entityManager a shared one of HAPI's persistence unit
     * @param transactionManager of HAPI's persistence unit
     */
    public PatientKeys(EntityManager entityManager, PlatformTransactionManager transactionManager) {
        this.entityManager = entityManager;
        this.transaction = new TransactionTemplate(transactionManager);
        this.transaction.setReadOnly(true);
    }

    /**
     * Returns the keys of the patients that exist, by id. Leaves out an id that exists in several of the partitions.
     *
     * @param ids without the resource type
     */
    public Map<String, Long> of(Collection<String> ids, RequestPartitionId partition) {
        return find(ids, partition, "r.myDeleted is null");
    }

    /** As {@link #of}, for deleted patients. */
    Map<String, Long> ofDeleted(Collection<String> ids, RequestPartitionId partition) {
        return find(ids, partition, "r.myDeleted is not null");
    }

    private Map<String, Long> find(Collection<String> ids, RequestPartitionId partition, String condition) {
        Map<String, Long> keys = new LinkedHashMap<>();
        Set<String> ambiguous = new HashSet<>();
        for (List<String> some : Lists.partition(List.copyOf(ids), IDS_PER_QUERY)) {
            Objects.requireNonNull(transaction.execute(tx -> entityManager
                            .createQuery(
                                    "select r.myFhirId, r.myPid.myId, r.myPartitionIdValue, r.myResourceType"
                                            + " from ResourceTable r where r.myFhirId in :ids and " + condition,
                                    Object[].class)
                            .setParameter("ids", some)
                            .getResultList()))
                    .stream()
                    .filter(row -> row[3].equals("Patient"))
                    .filter(row -> partition.isAllPartitions() || partition.isPartitionCovered((Integer) row[2]))
                    .forEach(row -> {
                        if (keys.put((String) row[0], (Long) row[1]) != null) {
                            ambiguous.add((String) row[0]);
                        }
                    });
        }
        keys.keySet().removeAll(ambiguous);
        return keys;
    }
}
