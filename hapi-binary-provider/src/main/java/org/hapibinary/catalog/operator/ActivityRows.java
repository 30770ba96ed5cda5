/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.operator;

import jakarta.persistence.EntityManager;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.hapibinary.catalog.CatalogDatabase;
import org.hibernate.exception.ConstraintViolationException;

/** Downloads and refusals of all servers: counts by the hour, and counts for each export. */
public final class ActivityRows {

    /** The maximum length of {@link Bucket#name}, in characters. */
    public static final int MAX_NAME_LENGTH = 60;

    private static final String ADD_ON_POSTGRESQL =
            """
            insert into HBP_ACTIVITY (HOUR_AT, KIND, NAME, EVENTS, BYTES)
            values (:hour, :kind, :name, :events, :bytes)
            on conflict (HOUR_AT, KIND, NAME) do update set
                EVENTS = HBP_ACTIVITY.EVENTS + excluded.EVENTS, BYTES = HBP_ACTIVITY.BYTES + excluded.BYTES""";

    private static final String ADD_ON_H2 =
            """
            merge into HBP_ACTIVITY a using (select cast(:hour as timestamp(6) with time zone) as HOUR_AT,
                cast(:kind as varchar(20)) as KIND, cast(:name as varchar(60)) as NAME,
                cast(:events as bigint) as EVENTS, cast(:bytes as bigint) as BYTES) s
            on a.HOUR_AT = s.HOUR_AT and a.KIND = s.KIND and a.NAME = s.NAME
            when matched then update set EVENTS = a.EVENTS + s.EVENTS, BYTES = a.BYTES + s.BYTES
            when not matched then insert (HOUR_AT, KIND, NAME, EVENTS, BYTES)
                values (s.HOUR_AT, s.KIND, s.NAME, s.EVENTS, s.BYTES)""";

    private static final String ADD_TO_EXPORT =
            """
            update HBP_EXPORT set DOWNLOADS = DOWNLOADS + :downloads, DOWNLOADED_BYTES = DOWNLOADED_BYTES + :bytes
            where EXPORT_ID = :exportId""";

    private final CatalogDatabase database;
    private final EntityManager entityManager;

    /** @param database the catalog's */
    public ActivityRows(CatalogDatabase database) {
        this.database = database;
        this.entityManager = database.entityManager();
    }

    /** What is counted by the hour. */
    public enum Kind {
        /** Downloads by how they ended. */
        DOWNLOAD,
        /** Requests that were refused, by the reason. */
        REFUSAL
    }

    /**
     * What happened within an hour.
     *
     * @param hour the beginning of the hour
     * @param name the outcome of a download, or the reason of a refusal; {@link #MAX_NAME_LENGTH} characters at most
     * @param events how often it happened
     * @param bytes that were sent
     */
    public record Bucket(Instant hour, Kind kind, String name, long events, long bytes) {}

    /**
     * Downloads of an export.
     *
     * @param downloads how many have ended
     * @param bytes that were sent
     */
    public record OfExport(String exportId, long downloads, long bytes) {}

    /** Adds to the counts of the hours, and commits at once. */
    public void add(Collection<Bucket> buckets) {
        // in one order, so that two servers do not wait for each other
        List<Bucket> sorted = buckets.stream()
                .sorted(Comparator.comparing(Bucket::hour)
                        .thenComparing(Bucket::kind)
                        .thenComparing(Bucket::name))
                .toList();
        try {
            addInOneTransaction(sorted);
        } catch (ConstraintViolationException e) {
            addInOneTransaction(sorted); // on H2 another server can have added the hour's row at the same moment
        }
    }

    private void addInOneTransaction(List<Bucket> buckets) {
        database.inNewTransaction(() -> {
            String add = database.isPostgresql() ? ADD_ON_POSTGRESQL : ADD_ON_H2;
            buckets.forEach(bucket -> entityManager
                    .createNativeQuery(add)
                    .setParameter("hour", bucket.hour())
                    .setParameter("kind", bucket.kind().name())
                    .setParameter("name", bucket.name())
                    .setParameter("events", bucket.events())
                    .setParameter("bytes", bucket.bytes())
                    .executeUpdate());
        });
    }

    /** Adds to the counts of exports, and commits at once. An export that is not there any more is passed over. */
    public void addToExports(Collection<OfExport> exports) {
        List<OfExport> sorted = exports.stream()
                .sorted(Comparator.comparing(OfExport::exportId))
                .toList();
        database.inNewTransaction(() -> sorted.forEach(export -> entityManager
                .createNativeQuery(ADD_TO_EXPORT)
                .setParameter("downloads", export.downloads())
                .setParameter("bytes", export.bytes())
                .setParameter("exportId", export.exportId())
                .executeUpdate()));
    }

    /** The counts of this hour and of those after it, the oldest first. */
    public List<Bucket> since(Instant hour) {
        return database.inTransaction(() -> Values.rows(entityManager
                        .createNativeQuery("select HOUR_AT, KIND, NAME, EVENTS, BYTES from HBP_ACTIVITY"
                                + " where HOUR_AT >= :hour order by HOUR_AT, KIND, NAME")
                        .setParameter("hour", hour))
                .map(ActivityRows::bucket)
                .toList());
    }

    private static Bucket bucket(Object[] row) {
        return new Bucket(
                Values.instant(row[0]),
                Kind.valueOf((String) row[1]),
                (String) row[2],
                Values.number(row[3]),
                Values.number(row[4]));
    }

    /** Deletes the counts of the hours before this one, and commits at once. */
    public void forgetBefore(Instant hour) {
        database.inNewTransaction(() -> entityManager
                .createNativeQuery("delete from HBP_ACTIVITY where HOUR_AT < :hour")
                .setParameter("hour", hour)
                .executeUpdate());
    }
}
