/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.operator;

import jakarta.persistence.EntityManager;
import jakarta.persistence.Query;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.hapibinary.catalog.CatalogDatabase;
import org.jspecify.annotations.Nullable;

/**
 * The exports by page, the latest first. A page looks at a bounded number of rows, so that it takes the same time
 * whatever the size of the catalog; it may therefore have fewer entries than were asked for and still have a next page.
 */
public final class ExportList {

    private static final int ROWS_PER_PAGE = 2_000;

    private static final String COLUMNS =
            "e.EXPORT_ID, e.JOB_ID, e.STATE, e.ISSUER, e.CLIENT_ID, e.USER_ID, e.EXPORT_LEVEL, e.EXPORTED,"
                    + " e.RESOURCE_TYPES, e.STARTED_AT, e.ENDED_AT, e.EXPIRES_AT, e.ERASED_AT, e.STORED_BYTES,"
                    + " e.DOWNLOADS, e.DOWNLOADED_BYTES, e.FAILURE, substring(e.REQUEST_URL from 1 for 2000)";
    private static final String ORDER = " order by e.STARTED_AT desc, e.EXPORT_ID desc";

    private static final String FILES =
            """
            select f.EXPORT_ID, count(*), sum(f.CONTENT_SIZE) from HBP_EXPORT_FILE f
            where f.EXPORT_ID in (:ids) and (f.STATE in ('AVAILABLE', 'WRITING') or f.FILE_NAME is not null)
            group by f.EXPORT_ID""";

    private final CatalogDatabase database;
    private final EntityManager entityManager;
    private final UnaryOperator<String> shown;

    /**
     * @param database the catalog's
     * @param shown what is shown of a kick-off URL
     */
    public ExportList(CatalogDatabase database, UnaryOperator<String> shown) {
        this.database = database;
        this.shown = shown;
        this.entityManager = database.entityManager();
    }

    /**
     * Which exports are listed; null for no condition.
     *
     * @param state one of {@link ListedExport#STATES}
     * @param level SYSTEM, PATIENT or GROUP
     */
    public record Filter(
            @Nullable String state, @Nullable String client, @Nullable String issuer, @Nullable String level) {}

    /** @param next where the next page begins; null for the last page */
    public record Page(List<ListedExport> exports, @Nullable String next) {}

    /**
     * A page of exports.
     *
     * @param before {@link Page#next} of the page before; null for the first page
     * @throws IllegalArgumentException if {@code before} is no such value
     */
    public Page page(Filter filter, @Nullable String before, int size) {
        Cursor cursor = before == null ? Cursor.LATEST : Cursor.parse(before);
        return database.inTransaction(() -> {
            String rows = "select e.* from HBP_EXPORT e where (e.STARTED_AT, e.EXPORT_ID) < (:startedAt, :id)"
                    + indexed(filter) + ORDER + " limit " + ROWS_PER_PAGE;
            Query query = entityManager.createNativeQuery(
                    "select " + COLUMNS + " from (" + rows + ") e where 1 = 1" + conditions(filter) + ORDER);
            List<Object[]> found = Values.rows(set(query, filter, cursor, true).setMaxResults(size + 1))
                    .toList();
            if (found.size() > size) {
                List<Object[]> page = found.subList(0, size);
                return new Page(listed(page), Cursor.of(page.get(size - 1)[9], page.get(size - 1)[0]));
            }
            Query last =
                    entityManager.createNativeQuery("select e.STARTED_AT, e.EXPORT_ID from (" + rows + ") e" + ORDER);
            return new Page(
                    listed(found),
                    Values.rows(set(last, filter, cursor, false)
                                    .setFirstResult(ROWS_PER_PAGE - 1)
                                    .setMaxResults(1))
                            .map(row -> Cursor.of(row[0], row[1]))
                            .findFirst()
                            .orElse(null));
        });
    }

    /** Each is answered by an index together with the order. */
    private static String indexed(Filter filter) {
        if (filter.client() != null) {
            return " and e.CLIENT_ID = :client";
        }
        return filter.state() == null ? "" : " and e.STATE = :state";
    }

    private static String conditions(Filter filter) {
        StringBuilder conditions = new StringBuilder();
        if (filter.client() != null && filter.state() != null) {
            conditions.append(" and e.STATE = :state");
        }
        if (filter.issuer() != null) {
            conditions.append(" and e.ISSUER = :issuer");
        }
        if (filter.level() != null) {
            conditions.append(" and e.EXPORT_LEVEL = :level");
        }
        if (ListedExport.EXPIRED.equals(filter.state())) {
            conditions.append(" and e.EXPIRES_AT <= :now");
        } else if (ListedExport.COMPLETE.equals(filter.state())) {
            conditions.append(" and e.EXPIRES_AT > :now");
        }
        return conditions.toString();
    }

    private Query set(Query query, Filter filter, Cursor cursor, boolean withConditions) {
        query.setParameter("startedAt", cursor.startedAt()).setParameter("id", cursor.id());
        String state = filter.state();
        if (filter.client() != null) {
            query.setParameter("client", filter.client());
        }
        if (state != null && (withConditions || filter.client() == null)) {
            query.setParameter("state", state.equals(ListedExport.EXPIRED) ? ListedExport.COMPLETE : state);
        }
        if (withConditions) {
            if (filter.issuer() != null) {
                query.setParameter("issuer", filter.issuer());
            }
            if (filter.level() != null) {
                query.setParameter("level", filter.level());
            }
            if (ListedExport.EXPIRED.equals(state) || ListedExport.COMPLETE.equals(state)) {
                query.setParameter("now", database.now());
            }
        }
        return query;
    }

    /** Finds an export in any state. */
    public Optional<ListedExport> find(String exportId) {
        return database.inTransaction(() -> listed(Values.rows(entityManager
                                .createNativeQuery("select " + COLUMNS + " from HBP_EXPORT e where e.EXPORT_ID = :id")
                                .setParameter("id", exportId))
                        .toList())
                .stream()
                .findFirst());
    }

    private List<ListedExport> listed(List<Object[]> rows) {
        if (rows.isEmpty()) {
            return List.of();
        }
        Map<Object, Object[]> files = new HashMap<>();
        Values.rows(entityManager
                        .createNativeQuery(FILES)
                        .setParameter("ids", rows.stream().map(row -> row[0]).toList()))
                .forEach(row -> files.put(row[0], row));
        Instant now = database.now();
        List<ListedExport> listed = new ArrayList<>();
        rows.forEach(row -> listed.add(ListedExport.of(row, files.get(row[0]), now, shown)));
        return listed;
    }

    /**
     * The files of an export, by their names.
     *
     * @param limit how many at most
     */
    public List<ListedFile> files(String exportId, int limit) {
        return database.inTransaction(() -> Values.rows(entityManager
                        .createNativeQuery("select f.BINARY_ID, f.FILE_NAME, f.STATE, f.KIND, f.RESOURCE_TYPE,"
                                + " f.CONTENT_SIZE, f.LINE_COUNT, f.DAMAGED, f.ERASURE_FAILURES, f.READ_AT"
                                + " from HBP_EXPORT_FILE f where f.EXPORT_ID = :exportId"
                                + " order by f.FILE_NAME nulls last, f.BINARY_ID")
                        .setParameter("exportId", exportId)
                        .setMaxResults(limit))
                .map(ListedFile::of)
                .toList());
    }
}
