/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import jakarta.persistence.EntityManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Date;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongConsumer;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Finds the resources of an export by one statement a type, whose result is read as it comes: each resource once, as they
 * are at one moment, and never all of them in memory.
 */
final class ResourceFinder {

    private static final int FETCH_SIZE = 5_000;
    private static final int FILTERED_AT_ONCE = 500;

    private static final String RESOURCES =
            "select r.RES_ID from HFJ_RESOURCE r where r.RES_TYPE = ?" + " and r.RES_DELETED_AT is null";
    private static final String MEMBERS = "select m.RES_ID from HBP_EXPORT_MEMBER m where m.EXPORT_ID = ?";

    private final EntityManager entityManager;
    private final TransactionTemplate ownTransaction;
    private final Compartments compartments;
    private final TypeFilters filters;

    /**
     * @param entityManager shared, of HAPI's persistence unit
     * @param transactionManager of HAPI's persistence unit
     */
    ResourceFinder(
            EntityManager entityManager,
            PlatformTransactionManager transactionManager,
            Compartments compartments,
            TypeFilters filters) {
        this.entityManager = entityManager;
        this.ownTransaction = new TransactionTemplate(transactionManager);
        this.ownTransaction.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
        this.ownTransaction.setReadOnly(true);
        this.compartments = compartments;
        this.filters = filters;
    }

    /**
     * What limits an export beside the type.
     *
     * @param exportId has the members
     * @param parameters of the job
     * @param partition the part of the record that is exported
     */
    record Limits(String exportId, BulkExportJobParameters parameters, RequestPartitionId partition) {}

    /** Those of some types of which there is any resource; the others need no further work. */
    List<String> existing(Collection<String> resourceTypes) {
        return Objects.requireNonNull(ownTransaction.execute(tx -> resourceTypes.stream()
                .filter(type -> !entityManager
                        .createNativeQuery(RESOURCES.replace("?", ":type") + " limit 1")
                        .setParameter("type", type)
                        .getResultList()
                        .isEmpty())
                .toList()));
    }

    /** @param consumer takes HAPI's key of each resource, once */
    void find(String resourceType, FindWork.Scope scope, Limits limits, LongConsumer consumer) {
        Statement statement = new Statement(RESOURCES).with(resourceType);
        limitTime(statement, limits.parameters());
        limitPartition(statement, limits.partition());
        limitScope(statement, resourceType, scope, limits);
        List<String> filterUrls = filters.of(resourceType, limits.parameters());
        if (filterUrls.isEmpty()) {
            run(statement, consumer);
        } else {
            runFiltered(statement, resourceType, filterUrls, limits.partition(), consumer);
        }
    }

    private void runFiltered(
            Statement statement,
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

    private static void limitTime(Statement statement, BulkExportJobParameters parameters) {
        Date since = parameters.getSince();
        if (since != null) {
            statement.and("r.RES_UPDATED >= ?").with(new Timestamp(since.getTime()));
        }
        Date until = parameters.getUntil();
        if (until != null) {
            statement.and("r.RES_UPDATED <= ?").with(new Timestamp(until.getTime()));
        }
    }

    private static void limitPartition(Statement statement, RequestPartitionId partition) {
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
            either.add("r.PARTITION_ID in (" + placeholders(ids) + ")");
        }
        statement.and("(" + String.join(" or ", either) + ")").withAll(ids);
    }

    private void limitScope(Statement statement, String resourceType, FindWork.Scope scope, Limits limits) {
        switch (scope) {
            case ALL -> {}
            case GROUP -> statement.and("r.FHIR_ID = ?").with(groupId(limits.parameters()));
            case ANY_PATIENT -> limitCompartment(statement, resourceType, null);
            case MEMBERS -> limitCompartment(statement, resourceType, limits.exportId());
        }
    }

    private static String groupId(BulkExportJobParameters parameters) {
        String reference = String.valueOf(parameters.getGroupId());
        return reference.substring(reference.indexOf('/') + 1);
    }

    /** @param exportId whose members the resources belong to; null for any patient */
    private void limitCompartment(Statement statement, String resourceType, @Nullable String exportId) {
        if (resourceType.equals("Patient")) {
            if (exportId != null) {
                statement.and("r.RES_ID in (" + MEMBERS + ")").with(exportId);
            }
            return;
        }
        Set<String> paths = compartments.pathsToPatient(resourceType);
        if (!paths.isEmpty()) {
            statement.and("r.RES_ID in (select l.SRC_RESOURCE_ID from HFJ_RES_LINK l where l.SRC_PATH in ("
                    + placeholders(paths) + ") and l.TARGET_RESOURCE_TYPE = 'Patient'");
            statement.withAll(paths);
            limitTarget(statement, "l", exportId);
            statement.append(")");
        } else {
            limitToReferences(statement, resourceType, exportId);
        }
    }

    /** What belongs to no patient is exported if a patient, or what belongs to one, refers to it. */
    private void limitToReferences(Statement statement, String resourceType, @Nullable String exportId) {
        Set<String> paths = compartments.pathsToPatient();
        statement
                .and("r.RES_ID in (select s.TARGET_RESOURCE_ID from HFJ_RES_LINK s where s.TARGET_RESOURCE_TYPE = ?")
                .with(resourceType);
        statement.append(" and (s.SRC_RESOURCE_ID in (select l.SRC_RESOURCE_ID from HFJ_RES_LINK l"
                + " where l.SRC_PATH in (" + placeholders(paths) + ") and l.TARGET_RESOURCE_TYPE = 'Patient'");
        statement.withAll(paths);
        limitTarget(statement, "l", exportId);
        statement.append(") or s.SOURCE_RESOURCE_TYPE = 'Patient'");
        if (exportId != null) {
            statement.append(" and s.SRC_RESOURCE_ID in (" + MEMBERS + ")").with(exportId);
        }
        statement.append("))");
    }

    private static void limitTarget(Statement statement, String link, @Nullable String exportId) {
        if (exportId == null) {
            statement.append(" and " + link + ".TARGET_RESOURCE_ID is not null");
        } else {
            statement
                    .append(" and " + link + ".TARGET_RESOURCE_ID in (" + MEMBERS + ")")
                    .with(exportId);
        }
    }

    private static String placeholders(Collection<?> values) {
        return String.join(",", Collections.nCopies(values.size(), "?"));
    }

    private void run(Statement statement, LongConsumer consumer) {
        ownTransaction.executeWithoutResult(
                tx -> entityManager.unwrap(Session.class).doWork(connection -> {
                    try (PreparedStatement prepared = connection.prepareStatement(statement.sql())) {
                        prepared.setFetchSize(FETCH_SIZE);
                        statement.bind(prepared);
                        try (ResultSet rows = prepared.executeQuery()) {
                            while (rows.next()) {
                                consumer.accept(rows.getLong(1));
                            }
                        }
                    }
                }));
    }

    /** SQL with its parameters, put together piece by piece. */
    private static final class Statement {

        private final StringBuilder sql;
        private final List<Object> parameters = new ArrayList<>();

        Statement(String sql) {
            this.sql = new StringBuilder(sql);
        }

        Statement and(String condition) {
            return append(" and " + condition);
        }

        Statement append(String text) {
            sql.append(text);
            return this;
        }

        Statement with(Object parameter) {
            parameters.add(parameter);
            return this;
        }

        void withAll(Collection<?> more) {
            parameters.addAll(more);
        }

        String sql() {
            return sql.toString();
        }

        void bind(PreparedStatement statement) throws SQLException {
            for (int i = 0; i < parameters.size(); i++) {
                statement.setObject(i + 1, parameters.get(i));
            }
        }
    }
}
