/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.search;

import jakarta.persistence.EntityManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Calendar;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.TimeZone;
import java.util.function.LongConsumer;
import org.hibernate.Session;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.jspecify.annotations.Nullable;

/** Builds an SQL statement and its parameters. */
final class SqlStatement {

    private static final int FETCH_SIZE = 5_000;

    private final StringBuilder sql;
    private final List<Object> parameters = new ArrayList<>();

    SqlStatement(String sql) {
        this.sql = new StringBuilder(sql);
    }

    SqlStatement and(String condition) {
        return append(" and " + condition);
    }

    SqlStatement append(String text) {
        sql.append(text);
        return this;
    }

    SqlStatement with(Object parameter) {
        parameters.add(parameter);
        return this;
    }

    /** Appends values for an {@code in}, in parentheses; at least one. */
    SqlStatement anyOf(Collection<?> values) {
        append("(" + String.join(",", Collections.nCopies(values.size(), "?")) + ")");
        parameters.addAll(values);
        return this;
    }

    /** Runs a query in the caller's transaction and streams its rows. */
    void query(EntityManager entityManager, LongConsumer consumer) {
        TimeZone timeZone =
                entityManager.unwrap(SharedSessionContractImplementor.class).getJdbcTimeZone();
        entityManager.unwrap(Session.class).doWork(connection -> {
            try (PreparedStatement prepared = connection.prepareStatement(sql.toString())) {
                prepared.setFetchSize(FETCH_SIZE);
                bind(prepared, timeZone);
                try (ResultSet rows = prepared.executeQuery()) {
                    while (rows.next()) {
                        consumer.accept(rows.getLong(1));
                    }
                }
            }
        });
    }

    /** Runs a change in the caller's transaction and returns the number of changed rows. */
    int update(EntityManager entityManager) {
        return entityManager.unwrap(Session.class).doReturningWork(connection -> {
            try (PreparedStatement prepared = connection.prepareStatement(sql.toString())) {
                bind(prepared, null);
                return prepared.executeUpdate();
            }
        });
    }

    /** @param timeZone the zone in which Hibernate writes timestamps; null for the JVM's */
    private void bind(PreparedStatement statement, @Nullable TimeZone timeZone) throws SQLException {
        for (int i = 0; i < parameters.size(); i++) {
            if (parameters.get(i) instanceof Timestamp moment && timeZone != null) {
                statement.setTimestamp(i + 1, moment, Calendar.getInstance(timeZone));
            } else {
                statement.setObject(i + 1, parameters.get(i));
            }
        }
    }
}
