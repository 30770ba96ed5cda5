/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.operator;

import jakarta.persistence.Query;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Values of native queries, whose Java types depend on the database and on Hibernate's version. */
final class Values {

    private Values() {}

    /** The rows of a query with several columns. */
    static Stream<Object[]> rows(Query query) {
        List<?> rows = query.getResultList();
        return rows.stream().map(Object[].class::cast);
    }

    static Instant instant(Object value) {
        if (value instanceof OffsetDateTime time) {
            return time.toInstant();
        }
        return value instanceof java.sql.Timestamp time ? time.toInstant() : (Instant) value;
    }

    static @Nullable Instant instantOrNull(@Nullable Object value) {
        return value == null ? null : instant(value);
    }

    /** @param value null for the sum of no rows */
    static long number(@Nullable Object value) {
        return value == null ? 0 : ((Number) value).longValue();
    }
}
