/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.JdbcTemplate;

class CatalogOnPostgresqlTest extends CatalogContract {

    @SuppressWarnings("NullAway.Init") // started with the first test
    private EmbeddedPostgres postgres;

    @Override
    DataSource dataSource() throws IOException {
        if (postgres == null) {
            postgres = EmbeddedPostgres.start();
        }
        return postgres.getPostgresDatabase();
    }

    @Override
    DataSource emptyDataSource(String name) {
        new JdbcTemplate(postgres.getPostgresDatabase()).execute("create database \"" + name + "\"");
        return postgres.getDatabase("postgres", name);
    }

    @Test
    void serversThatStartAtOnceAgreeOnTheIdentity() throws Exception {
        DataSource database = emptyDataSource("at-once");
        ExecutorService servers = Executors.newFixedThreadPool(4);
        try {
            Callable<String> start = () -> {
                CatalogMigration migration = new CatalogMigration(database);
                migration.migrate();
                return migration.catalogId();
            };
            Set<String> ids = new HashSet<>();
            for (Future<String> id : servers.invokeAll(Collections.nCopies(4, start))) {
                ids.add(id.get());
            }
            assertThat(ids).hasSize(1);
        } finally {
            servers.shutdownNow();
        }
    }

    @AfterAll
    void stopPostgres() throws IOException {
        postgres.close();
    }
}
