/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.hapibinary.catalog.maintenance.CatalogHome;
import org.hapibinary.catalog.quota.ExportQuota;
import org.hapibinary.catalog.schema.CatalogMigration;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.RowCallbackHandler;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

class CatalogOnPostgresqlTest extends CatalogContract {

    private static final int SERVERS = 4;

    @SuppressWarnings("NullAway.Init") // started with the first test
    private EmbeddedPostgres postgres;

    @Override
    DataSource dataSource() throws IOException {
        if (postgres == null) {
            postgres = FreePorts.postgres();
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
        assertThat(identities(emptyDataSource("at-once"))).hasSize(1);
    }

    /** As with PgBouncer. */
    @Test
    void serversThatStartAtOnceDoNotNeedTheirSessionsForLongerThanATransaction() throws Exception {
        int sessions = 2 * SERVERS;
        emptyDataSource("pooled");
        try (TransactionPooler pooler = new TransactionPooler(postgres.getPort(), sessions)) {
            DataSource pooled = new DriverManagerDataSource(pooler.url("pooled"));

            assertThat(identities(pooled)).hasSize(1);

            JdbcTemplate left = new JdbcTemplate(pooled);
            Map<Integer, String> searchPaths = new HashMap<>();
            int opened = opened("pooled");
            assertThat(opened).isGreaterThan(1);
            for (int i = 0; i < 10 * sessions && searchPaths.size() < opened; i++) {
                left.query("select pg_backend_pid(), current_setting('search_path')", (RowCallbackHandler)
                        row -> searchPaths.put(row.getInt(1), row.getString(2)));
            }
            assertThat(searchPaths).hasSize(opened).allSatisfy((session, searchPath) -> assertThat(searchPath)
                    .isEqualTo("\"$user\", public"));
            assertThat(left.queryForObject("select count(*) from pg_locks where locktype = 'advisory'", Integer.class))
                    .isZero();
        }
    }

    /** The rest of the transaction is the host's, and the session may be another client's next, behind a pooler. */
    @Test
    void theTimeLimitOfAKickOffIsThatOfItsLockOnly() {
        try (TestCatalog catalog = TestCatalog.on(emptyDataSource("limited"), Clock.systemUTC())) {
            String afterwards = catalog.transaction().execute(tx -> {
                setting(catalog, "set_config('lock_timeout', '7s', true)");
                catalog.database().lock("KICK_OFF");
                return setting(catalog, "current_setting('lock_timeout')");
            });

            assertThat(afterwards).isEqualTo("7s");
        }
    }

    private static String setting(TestCatalog catalog, String function) {
        return (String) catalog.database()
                .entityManager()
                .createNativeQuery("select " + function, String.class)
                .getSingleResult();
    }

    private int opened(String databaseName) {
        return Objects.requireNonNull(new JdbcTemplate(postgres.getPostgresDatabase())
                .queryForObject(
                        "select count(*) from pg_stat_activity where datname = ?", Integer.class, databaseName));
    }

    @Test
    void allTablesAreInTheSchemaThatNamesWithoutOneLeadTo() {
        JdbcTemplate database = new JdbcTemplate(emptyDataSource("schema"));
        database.execute("create schema fhir");
        DataSource inSchema =
                new DriverManagerDataSource(postgres.getJdbcUrl("postgres", "schema") + "&currentSchema=fhir");

        try (TestCatalog catalog = TestCatalog.on(inSchema, Clock.systemUTC())) {
            new ExportQuota(catalog.database(), ExportQuota.Limits.DEFAULT)
                    .add(new Export(
                            "in-schema",
                            new ExportAuthorization(
                                    "https://issuer", "client", null, "system/*.rs", List.of("Patient")),
                            null,
                            "https://example.org/fhir/$export",
                            "https://example.org/fhir",
                            Instant.now()));
            assertThat(new JdbcTemplate(inSchema).queryForList("select EXPORT_ID from HBP_EXPORT", String.class))
                    .containsExactly("in-schema");
        }

        assertThat(database.queryForList(
                        "select distinct table_schema from information_schema.tables where table_name like 'hbp\\_%'",
                        String.class))
                .containsExactly("fhir");
    }

    private static Set<String> identities(DataSource database) throws Exception {
        ExecutorService servers = Executors.newFixedThreadPool(SERVERS);
        try {
            Callable<String> start = () -> {
                CatalogMigration migration = new CatalogMigration(database);
                migration.migrate();
                return migration.catalogId();
            };
            Set<String> ids = new HashSet<>();
            for (Future<String> id : servers.invokeAll(Collections.nCopies(SERVERS, start), 1, TimeUnit.MINUTES)) {
                ids.add(id.get());
            }
            return ids;
        } finally {
            servers.shutdownNow();
        }
    }

    /** As a dump that is loaded elsewhere is; a copy in the same cluster has another number at least. */
    @Test
    void aDatabaseKnowsThatItIsACopy() {
        String key = "mark-of-the-original";
        try (TestCatalog original = TestCatalog.on(emptyDataSource("home"), Clock.systemUTC())) {
            CatalogHome home = new CatalogHome(original.database());
            assertThat(home.isHere()).isTrue();
            assertThat(home.begin(home.mark(), key, Duration.ZERO)).isTrue();
            home.settle(key);
            assertThat(home.isHere()).isTrue();
        }
        new JdbcTemplate(postgres.getPostgresDatabase()).execute("create database \"copy\" template \"home\"");

        try (TestCatalog copy = TestCatalog.on(postgres.getDatabase("postgres", "copy"), Clock.systemUTC())) {
            CatalogHome home = new CatalogHome(copy.database());
            assertThat(home.mark().key()).isEqualTo(key);
            assertThat(home.isHere()).isFalse();
            assertThat(home.begin(home.mark(), "adopted", Duration.ZERO)).isTrue();
            home.settle("adopted");
            assertThat(home.isHere()).isTrue();
        }
    }

    @AfterAll
    void stopPostgres() throws IOException {
        postgres.close();
    }
}
