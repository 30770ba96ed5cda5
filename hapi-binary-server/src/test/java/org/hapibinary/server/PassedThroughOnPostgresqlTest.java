/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class PassedThroughOnPostgresqlTest extends PassedThroughSuite {

    private static EmbeddedPostgres postgres;

    @BeforeAll
    static void startPostgres() throws IOException {
        postgres = EmbeddedPostgres.start();
    }

    @Override
    String[] database(String name) throws SQLException {
        try (var connection = postgres.getPostgresDatabase().getConnection();
                var statement = connection.createStatement()) {
            statement.execute("create database \"" + name + "\"");
        }
        return new String[] {
            "spring.datasource.url=" + postgres.getJdbcUrl("postgres", name), "spring.datasource.username=postgres"
        };
    }

    @AfterAll
    static void stopPostgres() throws IOException {
        postgres.close();
    }
}
