/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.world;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/**
 * Makes many resources of a few in HAPI's tables on PostgreSQL: the resource, its version, its tags and its links, but
 * not the indexes of its search parameters. A resource's id is its type in lower case, a hyphen and a number. What
 * belongs to a patient refers to {@code Patient/patient-0} and {@code Encounter/encounter-0}; its copies refer to those
 * of the patients in turn, so that what belongs to one patient stands together.
 */
final class CopiedResources {

    /** Ids that a running server has taken out of a sequence and not yet used. */
    private static final int POOLED = 100;

    private static final int ROWS_PER_RESOURCE = 20;
    private static final List<String> TABLES =
            List.of("hfj_resource", "hfj_res_ver", "hfj_res_tag", "hfj_history_tag", "hfj_res_link");
    private static final String ID = "res_id";
    private static final String SOURCE = "src_resource_id";

    private final DataSource database;
    private final int patients;

    CopiedResources(DataSource database, int patients) {
        this.database = database;
        this.patients = patients;
    }

    /**
     * Copies the first resources of a type until there are enough.
     *
     * @param templates how many there are, numbered from 0
     * @param count how many there are to be
     */
    void multiply(String type, int templates, int count) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            String name = "'" + type.toLowerCase(Locale.ROOT) + "-'";
            statement.execute(
                    """
                    create temporary table copy on commit drop as
                    select n, n %% %1$d as k, n::bigint * %2$d / %3$d as owner,
                      r.res_id as template, %4$d + n as res_id, %5$d + n as version
                    from generate_series(%1$d, %3$d - 1) n
                    join hfj_resource r on r.res_type = '%6$s' and r.fhir_id = %7$s || n %% %1$d
                    """
                            .formatted(
                                    templates,
                                    patients,
                                    count,
                                    reserve(statement, "seq_resource_id", count),
                                    reserve(statement, "seq_resource_history_id", count),
                                    type,
                                    name));
            statement.execute("analyze copy");
            String resource = "c.res_id";
            copy(statement, "hfj_resource", "", Map.of(ID, resource, "fhir_id", name + " || c.n"));
            copy(statement, "hfj_res_ver", "", Map.of("pid", "c.version", ID, resource, "res_text_vc", text()));
            String tag = numbered(statement, "seq_restag_id", count);
            copy(statement, "hfj_res_tag", "", Map.of("pid", tag, ID, resource));
            String versionTag = numbered(statement, "seq_historytag_id", count);
            copy(statement, "hfj_history_tag", "", Map.of("pid", versionTag, ID, resource, "res_ver_pid", "c.version"));
            String link = numbered(statement, "seq_reslink_id", count);
            copy(
                    statement,
                    "hfj_res_link",
                    "join hfj_resource target on target.res_type = t.target_resource_type"
                            + " and target.fhir_id = lower(t.target_resource_type) || '-' || c.owner",
                    Map.of("pid", link, SOURCE, resource, "target_resource_id", "target.res_id"));
            connection.commit();
            connection.setAutoCommit(true);
            for (String table : TABLES) {
                statement.execute("vacuum analyze " + table);
            }
        }
    }

    /** The stored JSON has no id of its own. A document's content has the document's number. */
    private static String text() {
        return "replace(replace(replace(replace(t.res_text_vc,"
                + " 'Patient/patient-0\"', 'Patient/patient-' || c.owner || '\"'),"
                + " 'Encounter/encounter-0\"', 'Encounter/encounter-' || c.owner || '\"'),"
                + " 'Location/location-0\"', 'Location/location-' || c.owner || '\"'),"
                + " 'Binary/binary-' || c.k || '\"', 'Binary/binary-' || c.n || '\"')";
    }

    private static String numbered(Statement statement, String sequence, int count) throws SQLException {
        return reserve(statement, sequence, (long) ROWS_PER_RESOURCE * count) + " + row_number() over ()";
    }

    /** What comes before the first of as many ids that nobody else will have. */
    private static long reserve(Statement statement, String sequence, long count) throws SQLException {
        try (ResultSet rows = statement.executeQuery(
                "select setval('%1$s', nextval('%1$s') + %2$d)".formatted(sequence, count + 2 * POOLED))) {
            rows.next();
            return rows.getLong(1) - count - POOLED;
        }
    }

    private static void copy(Statement statement, String table, String joins, Map<String, String> changes)
            throws SQLException {
        List<String> columns = columns(statement.getConnection(), table);
        String values = columns.stream()
                .map(column -> changes.getOrDefault(column, "t." + column))
                .collect(Collectors.joining(", "));
        statement.execute("insert into %1$s (%2$s) select %3$s from copy c join %1$s t on t.%4$s = c.template %5$s"
                .formatted(
                        table,
                        String.join(", ", columns),
                        values,
                        columns.contains(SOURCE) ? SOURCE : ID,
                        joins + " order by c.n"));
    }

    private static List<String> columns(Connection connection, String table) throws SQLException {
        List<String> columns = new ArrayList<>();
        try (ResultSet rows = connection.getMetaData().getColumns(null, null, table, null)) {
            while (rows.next()) {
                columns.add(rows.getString("COLUMN_NAME"));
            }
        }
        return columns;
    }
}
