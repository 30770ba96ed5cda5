/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.schema;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.callback.Callback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;
import org.flywaydb.core.api.configuration.FluentConfiguration;

/**
 * Creates and updates the catalog's tables, regardless of the host's own schema management. It has its own history
 * table.
 */
public final class CatalogMigration {

    private static final String HISTORY_TABLE = "HBP_SCHEMA_HISTORY";
    private static final String POSTGRESQL = "postgresql";
    private static final List<String> SUPPORTED = List.of("h2", POSTGRESQL);

    /** A random key of an advisory lock, so that it does not collide with another application's. */
    private static final long MIGRATION_LOCK = 7_210_694_365_280_471_133L;

    private static final Pattern CATALOG_ID = Pattern.compile("[a-z0-9]{8}");

    private final DataSource dataSource;

    /** @param dataSource the database of HAPI's persistence unit */
    public CatalogMigration(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    /**
     * Brings the tables up to date.
     *
     * @throws IllegalStateException if the database is neither H2 nor PostgreSQL, or cannot be reached
     */
    public void migrate() {
        String database = database();
        if (database.equals(POSTGRESQL)) {
            migrateOneAfterTheOther(database);
        } else {
            migrate(database);
        }
    }

    /**
     * Serializes servers that start at the same time: Flyway 10, the version in HAPI, can lock its history table only
     * once that exists. The advisory lock belongs to a transaction, because a pooler such as PgBouncer would hand a
     * session with its lock to another client.
     */
    private void migrateOneAfterTheOther(String database) {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            boolean autoCommit = connection.getAutoCommit();
            connection.setAutoCommit(false);
            try {
                statement.execute("select pg_advisory_xact_lock(" + MIGRATION_LOCK + ")");
                migrate(database);
            } finally {
                connection.rollback();
                connection.setAutoCommit(autoCommit);
            }
        } catch (SQLException e) {
            throw unreachable(e);
        }
    }

    private void migrate(String database) {
        flyway(database).load().migrate();
    }

    /** @param database the name of its product, in lower case */
    FluentConfiguration flyway(String database) {
        return Flyway.configure(CatalogMigration.class.getClassLoader())
                .dataSource(dataSource)
                .locations("classpath:org/hapibinary/catalog/migration/" + database)
                .table(HISTORY_TABLE)
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .callbacks(database.equals(POSTGRESQL) ? new Callback[] {new SearchPathOfSession()} : new Callback[0]);
    }

    /**
     * The identifier of this catalog, which distinguishes it from others whose content is in the same store: eight
     * random lower-case letters and digits, created with the tables. Call {@link #migrate} first.
     *
     * @throws IllegalStateException if the catalog has lost its identity, or the database cannot be reached
     */
    public String catalogId() {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement();
                ResultSet ids = statement.executeQuery("select CATALOG_ID from HBP_CATALOG")) {
            String id = ids.next() ? ids.getString(1) : "";
            if (!CATALOG_ID.matcher(id).matches() || ids.next()) {
                throw new IllegalStateException("HBP_CATALOG must have the one row that was made with it");
            }
            return id;
        } catch (SQLException e) {
            throw unreachable(e);
        }
    }

    private String database() {
        try (Connection connection = dataSource.getConnection()) {
            String product = connection.getMetaData().getDatabaseProductName().toLowerCase(Locale.ROOT);
            if (!SUPPORTED.contains(product)) {
                throw new IllegalStateException(
                        "hapi-binary keeps its catalog in H2 or PostgreSQL; its data source (spring.datasource.url)"
                                + " leads to " + product);
            }
            return product;
        } catch (SQLException e) {
            throw unreachable(e);
        }
    }

    /** Resets the search path that Flyway sets for each migration: a pooler may hand the session to another client. */
    private static final class SearchPathOfSession implements Callback {

        @Override
        public boolean supports(Event event, Context context) {
            return event == Event.AFTER_EACH_MIGRATE;
        }

        @Override
        public boolean canHandleInTransaction(Event event, Context context) {
            return true;
        }

        @Override
        public void handle(Event event, Context context) {
            try (Statement statement = context.getConnection().createStatement()) {
                statement.execute("reset search_path");
            } catch (SQLException e) {
                throw new FlywayException(e);
            }
        }

        @Override
        public String getCallbackName() {
            return "search path";
        }
    }

    private static IllegalStateException unreachable(SQLException e) {
        return new IllegalStateException(
                "The database of the catalog's data source (spring.datasource.url) cannot be reached", e);
    }
}
