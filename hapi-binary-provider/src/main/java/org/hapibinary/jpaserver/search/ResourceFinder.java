/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.search;

import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import com.google.common.collect.Lists;
import jakarta.persistence.EntityManager;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.hapibinary.catalog.ChunkAttempt;
import org.hapibinary.jpaserver.chunk.RunningChunk;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Finds the resources of an export by one statement for each type, and streams its result. It finds each resource once,
 * sees all of them at one point in time, and never holds all of them in memory.
 */
public final class ResourceFinder {

    private static final int FILTERED_AT_ONCE = 500;
    private static final int KEYS_AT_ONCE = 1_000;

    private static final String RESOURCES =
            "select r.RES_ID from HFJ_RESOURCE r where r.RES_TYPE = ?" + " and r.RES_DELETED_AT is null";

    private final EntityManager entityManager;
    private final TransactionTemplate ownTransaction;
    private final PatientRecords records;
    private final TypeFilters filters;

    /**
     * @param entityManager a shared one of HAPI's persistence unit
     * @param transactionManager of HAPI's persistence unit
     */
    public ResourceFinder(
            EntityManager entityManager,
            PlatformTransactionManager transactionManager,
            PatientRecords records,
            TypeFilters filters) {
        this.entityManager = entityManager;
        this.ownTransaction = new TransactionTemplate(transactionManager);
        this.ownTransaction.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
        this.ownTransaction.setReadOnly(true);
        this.records = records;
        this.filters = filters;
    }

    /**
     * The limits of an export beside the type.
     *
     * @param kickOff the time of the kick-off; later deletions are left to the next increment
     * @param plan the attempt that has determined the members and found the supporting resources
     * @param covered whether the token of the kick-off covers reading a type
     * @param parameters of the job
     * @param partition the exported partitions
     */
    public record Limits(
            Instant kickOff,
            ChunkAttempt plan,
            Predicate<String> covered,
            BulkExportJobParameters parameters,
            RequestPartitionId partition) {

        public static Limits of(RunningChunk chunk, Producer plan, BulkExportJobParameters parameters) {
            return new Limits(chunk.export().startedAt(), plan.attempt(), chunk::covers, parameters, chunk.partition());
        }
    }

    /** Which of these types have any resource; the others need no chunk. */
    public List<String> existing(Collection<String> resourceTypes) {
        return Objects.requireNonNull(ownTransaction.execute(tx -> resourceTypes.stream()
                .filter(type -> !entityManager
                        .createNativeQuery(RESOURCES.replace("?", ":type") + " limit 1")
                        .setParameter("type", type)
                        .getResultList()
                        .isEmpty())
                .toList()));
    }

    /** The types of which a resource has been deleted since this time; empty if the time is null. */
    public List<String> deletedSince(Collection<String> resourceTypes, @Nullable Date since) {
        return since == null
                ? List.of()
                : Objects.requireNonNull(ownTransaction.execute(tx -> resourceTypes.stream()
                        .filter(type -> !entityManager
                                .createQuery("select r.myPid.myId from ResourceTable r where r.myResourceType = :type"
                                        + " and r.myDeleted >= :since")
                                .setParameter("type", type)
                                .setParameter("since", since)
                                .setMaxResults(1)
                                .getResultList()
                                .isEmpty())
                        .toList()));
    }

    /**
     * @param consumer receives HAPI's key of each resource of a type that was deleted in the export's time range, once
     */
    public void findDeleted(String resourceType, Limits limits, LongConsumer consumer) {
        SqlStatement statement = new SqlStatement("select r.RES_ID from HFJ_RESOURCE r where r.RES_TYPE = ?"
                        + " and r.RES_DELETED_AT is not null")
                .with(resourceType)
                .and("r.RES_DELETED_AT <= ?")
                .with(Timestamp.from(limits.kickOff()));
        limitTime(statement, limits.parameters());
        limitPartition(statement, limits.partition());
        run(statement, consumer);
    }

    /** @param consumer receives HAPI's key of each resource, once */
    public void find(String resourceType, FindWork.Scope scope, Limits limits, LongConsumer consumer) {
        SqlStatement statement = resources(resourceType, scope, limits);
        List<String> filterUrls = filters.of(resourceType, limits.parameters());
        if (filterUrls.isEmpty()) {
            run(statement, consumer);
        } else {
            runFiltered(statement, resourceType, filterUrls, limits.partition(), consumer);
        }
    }

    /** Which of these resources still belong to the export: they may have changed since they were found. */
    public Set<Long> stillIn(String resourceType, FindWork.Scope scope, Limits limits, Collection<Long> keys) {
        Set<Long> found = new HashSet<>();
        SqlStatement statement = resources(resourceType, scope, limits);
        statement.and("r.RES_ID in ").anyOf(keys);
        run(statement, found::add);
        List<String> filterUrls = filters.of(resourceType, limits.parameters());
        return filterUrls.isEmpty() ? found : filters.matching(resourceType, filterUrls, found, limits.partition());
    }

    /** Which of these resources exist and are within the export's limits, whichever patient they belong to. */
    public List<Long> among(String resourceType, Limits limits, List<Long> keys) {
        List<String> filterUrls = filters.of(resourceType, limits.parameters());
        List<Long> found = new ArrayList<>();
        for (List<Long> some : Lists.partition(keys, KEYS_AT_ONCE)) {
            SqlStatement statement = new SqlStatement(RESOURCES).with(resourceType);
            statement.and("r.RES_ID in ").anyOf(some);
            limitTime(statement, limits.parameters());
            limitPartition(statement, limits.partition());
            if (filterUrls.isEmpty()) {
                run(statement, found::add);
            } else {
                runFiltered(statement, resourceType, filterUrls, limits.partition(), found::add);
            }
        }
        return found;
    }

    private void runFiltered(
            SqlStatement statement,
            String resourceType,
            List<String> filterUrls,
            RequestPartitionId partition,
            LongConsumer consumer) {
        List<Long> page = new ArrayList<>(FILTERED_AT_ONCE);
        run(statement, key -> {
            page.add(key);
            if (page.size() == FILTERED_AT_ONCE) {
                filters.matching(resourceType, filterUrls, page, partition).forEach(consumer::accept);
                page.clear();
            }
        });
        filters.matching(resourceType, filterUrls, page, partition).forEach(consumer::accept);
    }

    private static void limitTime(SqlStatement statement, BulkExportJobParameters parameters) {
        Date since = parameters.getSince();
        if (since != null) {
            statement.and("r.RES_UPDATED >= ?").with(new Timestamp(since.getTime()));
        }
        Date until = parameters.getUntil();
        if (until != null) {
            statement.and("r.RES_UPDATED <= ?").with(new Timestamp(until.getTime()));
        }
    }

    private static void limitPartition(SqlStatement statement, RequestPartitionId partition) {
        if (partition.isAllPartitions()) {
            return;
        }
        Set<Integer> ids = new LinkedHashSet<>(partition.getPartitionIds());
        boolean isDefault = ids.remove(null);
        List<String> either = new ArrayList<>();
        if (isDefault) {
            either.add("r.PARTITION_ID is null");
        }
        if (!ids.isEmpty()) {
            either.add("r.PARTITION_ID in ");
        }
        statement.and("(" + String.join(" or ", either));
        if (!ids.isEmpty()) {
            statement.anyOf(ids);
        }
        statement.append(")");
    }

    private SqlStatement resources(String resourceType, FindWork.Scope scope, Limits limits) {
        SqlStatement statement = new SqlStatement("select r.RES_ID from HFJ_RESOURCE r");
        if (scope == FindWork.Scope.MEMBERS || scope == FindWork.Scope.ANY_PATIENT) {
            records.queries()
                    .join(statement, resourceType, new PatientRecords.Of(scope, limits.plan(), limits.covered()));
        }
        statement.append(" where r.RES_TYPE = ? and r.RES_DELETED_AT is null").with(resourceType);
        limitTime(statement, limits.parameters());
        limitPartition(statement, limits.partition());
        if (scope == FindWork.Scope.GROUP) {
            statement.and("r.FHIR_ID = ?").with(groupId(limits.parameters()));
        }
        return statement;
    }

    private static String groupId(BulkExportJobParameters parameters) {
        String reference = String.valueOf(parameters.getGroupId());
        return reference.substring(reference.indexOf('/') + 1);
    }

    private void run(SqlStatement statement, LongConsumer consumer) {
        ownTransaction.executeWithoutResult(tx -> statement.query(entityManager, consumer));
    }
}
