/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.maintenance;

import java.time.Duration;
import java.time.Instant;
import org.hapibinary.catalog.CatalogDatabase;
import org.jspecify.annotations.Nullable;

/**
 * How many exports the catalog has, for operators.
 *
 * @param running exports that are being made
 * @param complete exports whose files can be downloaded
 * @param over exports that have expired, failed or been deleted, and whose content is not yet erased
 * @param oldestOver how long the oldest of what should be erased has been waiting; zero if there is nothing
 */
public record CatalogFigures(long running, long complete, long over, Duration oldestOver) {

    private static final String EXPORTS =
            """
            select sum(case when e.state = 'RUNNING' then 1 else 0 end),
                sum(case when e.state = 'COMPLETE' and e.expiresAt > :now then 1 else 0 end),
                sum(case when e.state <> 'RUNNING' and (e.state <> 'COMPLETE' or e.expiresAt <= :now)
                    then 1 else 0 end),
                min(case when e.state = 'COMPLETE' then e.expiresAt when e.state <> 'RUNNING' then e.endedAt end)
            from Export e where e.erasedAt is null""";

    private static final String DISCARDED =
            "select min(f.dueAt) from ExportFile f where f.dueAt <= :now and f.state = 'DISCARDED'";

    /** Counts in one query of exports, and one of the files that are due. */
    public static CatalogFigures of(CatalogDatabase database) {
        Instant now = database.now();
        return database.inTransaction(() -> {
            Object[] exports = database.entityManager()
                    .createQuery(EXPORTS, Object[].class)
                    .setParameter("now", now)
                    .getSingleResult();
            Instant discarded = database.entityManager()
                    .createQuery(DISCARDED, Instant.class)
                    .setParameter("now", now)
                    .getSingleResult();
            Duration oldest = longer(since((Instant) exports[3], now), since(discarded, now));
            return new CatalogFigures(number(exports[0]), number(exports[1]), number(exports[2]), oldest);
        });
    }

    private static long number(@Nullable Object sum) {
        return sum instanceof Number number ? number.longValue() : 0;
    }

    private static Duration since(@Nullable Instant moment, Instant now) {
        return moment == null || moment.isAfter(now) ? Duration.ZERO : Duration.between(moment, now);
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }
}
