/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.flywaydb.core.api.MigrationInfo;
import org.hapibinary.catalog.PooledDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/** From each version of the tables to the present one, and what 1.0 promises, on the database of the subclass. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class UpgradeContract {

    private static final String NEWEST_OF_1_0 = "23";

    /** Version 7 has renamed a column, so that servers of the version before it did not run beside. */
    private static final int FIRST_SIDE_BY_SIDE = 8;

    private static final int KNOWS_WHAT_IS_DUE = 18;

    private static final String[] TO_BE_ERASED = {
        "running-2", "running-3", "left-1", "left-2", "complete-5", "expired-1", "failed-1", "failed-2", "deleted-1"
    };

    /** Leads to the database of the current test, so that Hibernate is started once. */
    private int number;

    private final DelegatingDataSource current = new DelegatingDataSource();

    @SuppressWarnings("NullAway.Init") // started with the first test
    private CatalogPersistence persistence;

    /** As the directory of its migrations is called. */
    abstract String product();

    /** Without tables. */
    abstract DataSource emptyDataSource(String name);

    /** The version and the checksum of each migration of 1.0. */
    abstract String migrationsOf1_0();

    private List<MigrationInfo> migrations() {
        return List.of(new CatalogMigration(emptyDataSource("none-" + number++))
                .flyway(product())
                .load()
                .info()
                .all());
    }

    private static String version(MigrationInfo migration) {
        return Objects.requireNonNull(migration.getVersion()).getVersion();
    }

    List<String> earlierVersions() {
        List<String> all = migrations().stream().map(UpgradeContract::version).toList();
        return all.subList(0, all.size() - 1);
    }

    List<String> versionsThatRunBeside() {
        return earlierVersions().stream()
                .filter(version -> Integer.parseInt(version) >= FIRST_SIDE_BY_SIDE)
                .toList();
    }

    private UpgradedCatalog upgraded(EarlierCatalog earlier, DataSource database, SetClock clock) {
        current.setTargetDataSource(database);
        if (persistence == null) {
            persistence = new CatalogPersistence(current);
        }
        return new UpgradedCatalog(earlier, persistence.database(clock));
    }

    @AfterAll
    void stopHibernate() {
        persistence.close();
    }

    @ParameterizedTest
    @MethodSource("earlierVersions")
    void whatAnEarlierVersionHasLeftIsThePresentOnes(String version) throws Exception {
        try (HikariDataSource database = PooledDatabase.of(emptyDataSource("from-" + version))) {
            EarlierCatalog earlier = new EarlierCatalog(database, product(), version);
            earlier.fill();
            Map<String, List<String>> before = earlier.rows();

            new CatalogMigration(database).migrate();

            assertThat(earlier.rows()).isEqualTo(before);
            SetClock clock = new SetClock();
            UpgradedCatalog upgraded = upgraded(earlier, database, clock);
            upgraded.countsWhatIsStored();
            upgraded.hasAllThatThereWas(database);
            upgraded.endsWhatHasStalled();
            upgraded.erasesWhatNobodyMayHave(clock, TO_BE_ERASED);
        }
    }

    /** What it has discarded of an export that is complete waits for the end of that. */
    @ParameterizedTest
    @MethodSource("versionsThatRunBeside")
    void whatAnEarlierVersionWritesWhileThePresentOneRunsIsThePresentOnes(String version) throws Exception {
        try (HikariDataSource database = PooledDatabase.of(emptyDataSource("beside-" + version))) {
            EarlierCatalog earlier = new EarlierCatalog(database, product(), version);
            new CatalogMigration(database).migrate();

            earlier.fill();

            SetClock clock = new SetClock();
            UpgradedCatalog upgraded = upgraded(earlier, database, clock);
            upgraded.hasAllThatThereWas(database);
            upgraded.endsWhatHasStalled();
            boolean knowsWhatIsDue = Integer.parseInt(version) >= KNOWS_WHAT_IS_DUE;
            upgraded.erasesWhatNobodyMayHave(
                    clock,
                    Arrays.stream(TO_BE_ERASED)
                            .filter(file -> knowsWhatIsDue || !file.equals("complete-5"))
                            .toArray(String[]::new));
        }
    }

    /** In a roll-out, and if it is rolled back. */
    @Test
    void thePresentVersionStartsAndWorksOnTheTablesOfTheNext() throws Exception {
        try (HikariDataSource database = PooledDatabase.of(emptyDataSource("next"))) {
            List<MigrationInfo> migrations = migrations();
            EarlierCatalog present =
                    new EarlierCatalog(database, product(), version(migrations.get(migrations.size() - 1)));
            new CatalogMigration(database)
                    .flyway(product())
                    .javaMigrations(new NextMigration())
                    .load()
                    .migrate();
            List<Map<String, Object>> tables = tables(database);

            new CatalogMigration(database).migrate();

            assertThat(tables(database)).isEqualTo(tables);
            present.fill();
            SetClock clock = new SetClock();
            UpgradedCatalog works = upgraded(present, database, clock);
            works.countsWhatIsStored();
            works.hasAllThatThereWas(database);
            works.endsWhatHasStalled();
            works.erasesWhatNobodyMayHave(clock, TO_BE_ERASED);
        }
    }

    @Test
    void aSecondStartChangesNothing() {
        DataSource database = emptyDataSource("twice");
        new CatalogMigration(database).migrate();
        List<Map<String, Object>> tables = tables(database);

        new CatalogMigration(database).migrate();

        assertThat(tables(database)).isEqualTo(tables);
    }

    private static List<Map<String, Object>> tables(DataSource database) {
        return new JdbcTemplate(database)
                .queryForList("select * from information_schema.columns where table_schema = current_schema"
                        + " order by table_name, column_name");
    }

    /** A database of 1.0 is understood by each 1.0.x without a migration (CHANGELOG.md). */
    @Test
    void aPatchReleaseHasNoMigration() throws Exception {
        String version = Files.readString(Path.of("../pom.xml")).split("</?version>", 3)[1];
        assumeThat(version).startsWith("1.0.");

        assertThat(migrations()).last().extracting(UpgradeContract::version).isEqualTo(NEWEST_OF_1_0);
    }

    /** Flyway refuses a database whose migrations were others: what is to be different comes in a new one. */
    @Test
    void theMigrationsOf1_0StayAsTheyAre() {
        assertThat(migrations().stream()
                        .takeWhile(migration -> Integer.parseInt(version(migration)) <= Integer.parseInt(NEWEST_OF_1_0))
                        .map(migration -> version(migration) + ": " + migration.getChecksum())
                        .collect(Collectors.joining("\n")))
                .isEqualTo(migrationsOf1_0());
    }
}
