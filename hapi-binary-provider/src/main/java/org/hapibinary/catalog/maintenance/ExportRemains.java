/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.maintenance;

import jakarta.persistence.EntityManager;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.catalog.Export;
import org.jspecify.annotations.Nullable;

/**
 * What is left of exports when they are over: first HAPI's job and what the catalog knows of the content, in the end
 * the rows. A server takes an export by moving the moment at which it is due to the end of a lease, and does the rest
 * without a lock on it, in short transactions of bounded size. Each step can be repeated.
 */
public final class ExportRemains {

    private static final Duration RETRY = Duration.ofMinutes(1);

    /** As long as it may take until its files are erased, by this server or another one. */
    private static final Duration WHILE_ERASED = Duration.ofSeconds(10);

    /** As long as a tombstone says nothing that an export which is not known does not say either. */
    private static final Duration EMPTY_TOMBSTONE = Duration.ofHours(1);

    private final CatalogDatabase database;
    private final EntityManager entityManager;
    private final ExportRows rows;
    private final Duration tombstoneRetention;

    /**
     * @param database the catalog's
     * @param tombstoneRetention how long rows stay after the expiry, or after the end of what never expires
     */
    public ExportRemains(CatalogDatabase database, Duration tombstoneRetention) {
        this.database = database;
        this.entityManager = database.entityManager();
        this.rows = new ExportRows(database);
        this.tombstoneRetention = tombstoneRetention;
    }

    /** What has been done with an export. */
    public enum Step {
        /** Nothing so far; it is looked at again. */
        POSTPONED,
        /** Nothing is left of its content, and the row says so. */
        ERASED,
        /** Nothing is left of it. */
        DELETED
    }

    /**
     * @param exportId of the export that was looked at
     * @param failure why it was postponed, if something has gone wrong
     */
    public record Looked(String exportId, Step step, @Nullable RuntimeException failure) {}

    /**
     * Looks at an export that is due, if there is one.
     *
     * @param putAway puts away what is not the catalog's, in no transaction; the export is left for another time if it
     *     returns false. It is asked once all its files are erased
     */
    public Optional<Looked> lookAtOne(Predicate<Export> putAway) {
        Instant lease = database.now().plus(ErasureQueue.LEASE);
        return claim(lease).map(export -> {
            try {
                return new Looked(export.id(), take(export, lease, putAway), null);
            } catch (RuntimeException e) {
                return new Looked(export.id(), Step.POSTPONED, e); // until the lease ends
            }
        });
    }

    private Optional<Export> claim(Instant lease) {
        return database.inNewTransaction(() -> {
            Optional<Export> due = database
                    .locked(
                            Export.class,
                            "select e.* from HBP_EXPORT e where e.DUE_AT <= :now order by e.DUE_AT",
                            Map.of("now", database.now()),
                            1)
                    .stream()
                    .findFirst();
            due.ifPresent(export -> export.due(lease));
            return due;
        });
    }

    private Step take(Export export, Instant lease, Predicate<Export> putAway) {
        Instant now = database.now();
        if (!export.isOver(now)) {
            return postpone(export, lease, export.endOfContent());
        }
        if (hasContent(export)) {
            makeDue(export, now);
            return postpone(export, lease, now.plus(WHILE_ERASED));
        }
        if (!export.isErased()) {
            return putAway.test(export) ? forgetContent(export, lease, now) : postpone(export, lease, now.plus(RETRY));
        }
        Instant end = endOfTombstone(export, export.erasedAt().orElse(now));
        if (now.isBefore(end)) {
            return postpone(export, lease, end);
        }
        rows.deleteAll(export.id());
        return Step.DELETED;
    }

    private Step forgetContent(Export export, Instant lease, Instant now) {
        rows.forgetContent(export.id());
        int recorded = database.inNewTransaction(() -> entityManager
                .createQuery("update Export e set e.erasedAt = :now, e.storedBytes = 0, e.dueAt = :end"
                        + " where e.id = :exportId and e.dueAt = :lease")
                .setParameter("now", now)
                .setParameter("end", endOfTombstone(export, now))
                .setParameter("exportId", export.id())
                .setParameter("lease", lease)
                .executeUpdate());
        return recorded == 1 ? Step.ERASED : Step.POSTPONED;
    }

    /** Of what was deleted and never had a file, soon: a client may start and delete any number of exports. */
    private Instant endOfTombstone(Export export, Instant erasedAt) {
        Instant end = export.endOfTombstone(tombstoneRetention);
        Instant soon = erasedAt.plus(EMPTY_TOMBSTONE);
        return export.state() == Export.State.DELETED && soon.isBefore(end) && !rows.hasFiles(export.id()) ? soon : end;
    }

    private boolean hasContent(Export export) {
        return database.inTransaction(() -> !entityManager
                .createQuery(
                        "select f.binaryId from ExportFile f where f.export.id = :exportId" + " and f.state <> ERASED",
                        String.class)
                .setParameter("exportId", export.id())
                .setMaxResults(1)
                .getResultList()
                .isEmpty());
    }

    /** Those of which nothing is known: servers of the version before have written them. */
    private void makeDue(Export export, Instant now) {
        database.inNewTransaction(() -> entityManager
                .createQuery("update ExportFile f set f.dueAt = :now where f.export.id = :exportId and f.dueAt is null"
                        + " and f.state <> ERASED")
                .setParameter("now", now)
                .setParameter("exportId", export.id())
                .executeUpdate());
    }

    private Step postpone(Export export, Instant lease, @Nullable Instant until) {
        database.inNewTransaction(() -> entityManager
                .createQuery("update Export e set e.dueAt = :until where e.id = :exportId and e.dueAt = :lease")
                .setParameter("until", until)
                .setParameter("exportId", export.id())
                .setParameter("lease", lease)
                .executeUpdate());
        return Step.POSTPONED;
    }

    /**
     * Says of some exports when they are due, which servers of the version before have ended without saying it.
     *
     * @return how many; 0 if there are none
     */
    public int catchUp(int limit) {
        return database.inNewTransaction(() -> {
            List<Export> exports = database.locked(
                    Export.class,
                    "select e.* from HBP_EXPORT e where e.DUE_AT is null and e.STATE <> 'RUNNING'",
                    Map.of(),
                    limit);
            exports.forEach(export ->
                    export.due(export.isErased() ? export.endOfTombstone(tombstoneRetention) : export.endOfContent()));
            return exports.size();
        });
    }
}
