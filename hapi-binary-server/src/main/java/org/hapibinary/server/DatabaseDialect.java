/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import ca.uhn.fhir.jpa.model.dialect.HapiFhirH2Dialect;
import ca.uhn.fhir.jpa.model.dialect.HapiFhirPostgresDialect;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Locale;
import javax.sql.DataSource;
import org.hibernate.dialect.Dialect;

/**
 * The supported databases with HAPI's dialects, so that the operator has to set only {@code spring.datasource.*}.
 */
enum DatabaseDialect {
    H2(HapiFhirH2Dialect.class),
    POSTGRESQL(HapiFhirPostgresDialect.class);

    private final Class<? extends Dialect> dialect;

    DatabaseDialect(Class<? extends Dialect> dialect) {
        this.dialect = dialect;
    }

    String className() {
        return dialect.getName();
    }

    static DatabaseDialect of(DataSource dataSource) {
        try (Connection connection = dataSource.getConnection()) {
            String product = connection.getMetaData().getDatabaseProductName();
            return valueOf(product.toUpperCase(Locale.ROOT));
        } catch (SQLException e) {
            throw new IllegalStateException("The database of spring.datasource.url cannot be reached", e);
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException("spring.datasource.url must lead to H2 or PostgreSQL", e);
        }
    }
}
