/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.export;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.hapibinary.server.host.ProcessGroup;
import org.hapibinary.testing.FreePorts;

/**
 * A database of a PostgreSQL that several servers share, each with a database of its own. It is vacuumed between the
 * exports and not during them.
 */
final class ExportDatabase {

    private final EmbeddedPostgres postgres;
    private final String name;

    private ExportDatabase(EmbeddedPostgres postgres, String name) {
        this.postgres = postgres;
        this.name = name;
    }

    /** A PostgreSQL in which nothing runs that has not to do with an export. */
    static EmbeddedPostgres startPostgres(Path data) throws IOException {
        return FreePorts.postgresBuilder()
                .setDataDirectory(data)
                .setServerConfig("autovacuum", "off")
                .start();
    }

    /** With all that works for it. */
    static ProcessGroup processes(Path data) throws IOException {
        String processId = Files.readAllLines(data.resolve("postmaster.pid")).get(0);
        return new ProcessGroup(ProcessHandle.of(Long.parseLong(processId)).orElseThrow());
    }

    /** An empty one. */
    static ExportDatabase create(EmbeddedPostgres postgres, String name) throws SQLException {
        return created(postgres, name, "");
    }

    /** The same, once more. Nobody may be connected to the first one. */
    ExportDatabase copy(String nameOfCopy) throws SQLException {
        return created(postgres, nameOfCopy, " template " + name + " strategy file_copy");
    }

    private static ExportDatabase created(EmbeddedPostgres postgres, String name, String options) throws SQLException {
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("create database " + name + options);
        }
        return new ExportDatabase(postgres, name);
    }

    String url() {
        return postgres.getJdbcUrl("postgres", name);
    }

    DataSource dataSource() {
        return postgres.getDatabase("postgres", name);
    }

    /** The one number that a query answers. */
    long number(String query) throws SQLException {
        try (Connection connection = dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    /** In the files that HAPI's own job keeps as the data of Binaries. */
    long bytesOfBinariesAfter(long resource) throws SQLException {
        return number("select coalesce(sum(octet_length(content)), 0) from " + contentsAfter(resource));
    }

    /** In the files that HAPI's own job keeps as the data of Binaries. */
    long linesOfBinariesAfter(long resource) throws SQLException {
        return number("select coalesce(sum(octet_length(content) - octet_length(replace(convert_from(content, 'UTF8'),"
                + " chr(10), ''))), 0) from " + contentsAfter(resource));
    }

    private static String contentsAfter(long resource) {
        return "(select decode(substring(res_text_vc from '\"data\": ?\"([^\"]*)'), 'base64') as content"
                + " from hfj_res_ver where res_type = 'Binary' and res_id > " + resource + ") contents";
    }

    /** Deletes all jobs and the resources that are newer than one, and tidies up. */
    void forgetWhatFollowed(long resource) throws SQLException {
        try (Connection connection = dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            for (String table : new String[] {"hfj_history_tag", "hfj_res_tag", "hfj_res_ver", "hfj_resource"}) {
                statement.execute("delete from " + table + " where res_id > " + resource);
                statement.execute("vacuum analyze " + table);
            }
            for (String table : new String[] {"bt2_work_chunk", "bt2_job_instance"}) {
                statement.execute("delete from " + table);
                statement.execute("vacuum analyze " + table);
            }
            statement.execute("checkpoint");
        }
    }
}
