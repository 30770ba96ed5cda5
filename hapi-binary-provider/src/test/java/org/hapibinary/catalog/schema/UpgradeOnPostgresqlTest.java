/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.schema;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import javax.sql.DataSource;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

class UpgradeOnPostgresqlTest extends UpgradeContract {

    @SuppressWarnings("NullAway.Init") // started before the first test
    private EmbeddedPostgres postgres;

    @BeforeAll
    void startPostgres() throws IOException {
        postgres = FreePorts.postgres();
    }

    @AfterAll
    void stopPostgres() throws IOException {
        postgres.close();
    }

    @Override
    String product() {
        return "postgresql";
    }

    /** A schema, which is made faster than a database. */
    @Override
    DataSource emptyDataSource(String name) {
        new JdbcTemplate(postgres.getPostgresDatabase()).execute("create schema \"" + name + "\"");
        return new DriverManagerDataSource(postgres.getJdbcUrl("postgres", "postgres") + "&currentSchema=" + name);
    }

    @Override
    String migrationsOf1_0() {
        return """
                1: -1606270459
                2: -455222991
                3: 1347985190
                4: 730359207
                5: -1095939604
                6: 696141791
                7: -473678336
                8: -1098028023
                9: 1826832017
                13: 1135054999
                14: -1227481334
                15: 1229139524
                16: 1264456576
                17: -280146804
                18: -486375791
                20: -1119229709
                21: -1173199033
                22: -644058663
                23: 482560262""";
    }

    /** Another role than that of the first start, which owns the tables. */
    @Test
    void aSecondStartNeedsNoRightToChangeTables() {
        new CatalogMigration(emptyDataSource("owned")).migrate();
        JdbcTemplate owner = new JdbcTemplate(postgres.getPostgresDatabase());
        owner.execute("create role guest login");
        owner.execute("grant usage on schema owned to guest");
        owner.execute("grant select, insert, update, delete on all tables in schema owned to guest");
        DataSource guest =
                new DriverManagerDataSource(postgres.getJdbcUrl("guest", "postgres") + "&currentSchema=owned");
        assertThatThrownBy(() -> new JdbcTemplate(guest).execute("alter table HBP_EXPORT add column MORE integer"))
                .hasStackTraceContaining("must be owner");

        assertThatCode(() -> new CatalogMigration(guest).migrate()).doesNotThrowAnyException();
    }
}
