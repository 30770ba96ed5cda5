/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/**
 * Makes and updates the catalog's tables, whatever the host's own schema management is set to. It keeps its own history
 * table beside the host's.
 */
public final class CatalogMigration {

    private static final String HISTORY_TABLE = "HBP_SCHEMA_HISTORY";
    private static final List<String> SUPPORTED = List.of("h2", "postgresql");

    private final DataSource dataSource;

    /** @param dataSource the database of HAPI's persistence unit */
    public CatalogMigration(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    /**
     * Brings the tables up to date; does nothing when they are.
     *
     * @throws IllegalStateException if the database is neither H2 nor PostgreSQL, or cannot be reached
     */
    public void migrate() {
        Flyway.configure(CatalogMigration.class.getClassLoader())
                .dataSource(dataSource)
                .locations("classpath:org/hapibinary/catalog/migration/" + database())
                .table(HISTORY_TABLE)
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .load()
                .migrate();
    }

    private String database() {
        try (Connection connection = dataSource.getConnection()) {
            String product = connection.getMetaData().getDatabaseProductName().toLowerCase(Locale.ROOT);
            if (!SUPPORTED.contains(product)) {
                throw new IllegalStateException(
                        "hapi-binary keeps its catalog in H2 or PostgreSQL; spring.datasource.url leads to " + product);
            }
            return product;
        } catch (SQLException e) {
            throw new IllegalStateException("The database of spring.datasource.url cannot be reached", e);
        }
    }
}
