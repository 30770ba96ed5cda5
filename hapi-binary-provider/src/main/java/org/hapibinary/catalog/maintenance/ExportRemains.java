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
 * Cleans up exports that are over: first HAPI's job and the rows that describe the content, finally the tombstone. A
 * server claims an export by setting its {@code DUE_AT} to the end of a lease, and then works without a lock on it, in
 * short transactions of bounded size. Each step can be repeated.
 */
public final class ExportRemains {

    private static final Duration RETRY = Duration.ofMinutes(1);

    /** When to look again at an export whose files this server or another one is still erasing. */
    private static final Duration WHILE_ERASED = Duration.ofSeconds(10);

    /** How long a tombstone stays whose URLs answer 404 anyway, as those of an unknown export do. */
    private static final Duration EMPTY_TOMBSTONE = Duration.ofHours(1);

    private final CatalogDatabase database;
    private final EntityManager entityManager;
    private final ExportRows rows;
    private final Duration tombstoneRetention;
    private final Witness witness;

    /**
     * @param database the catalog's
     * @param tombstoneRetention how long rows stay after the expiry, or after the end of an export that never completed
     * @param witness is told what becomes of exports
     */
    public ExportRemains(CatalogDatabase database, Duration tombstoneRetention, Witness witness) {
        this.database = database;
        this.entityManager = database.entityManager();
        this.rows = new ExportRows(database);
        this.tombstoneRetention = tombstoneRetention;
        this.witness = witness;
    }

    /** Is told what becomes of an export, in the transaction that records it: once of each. */
    public interface Witness {

        /** Takes no notice. */
        Witness NONE = new Witness() {
            @Override
            public void expired(Export export) {
                // nothing to be done
            }

            @Override
            public void erased(Export export) {
                // nothing to be done
            }
        };

        /** Its files have expired. */
        void expired(Export export);

        /** All its content is erased. */
        void erased(Export export);
    }

    /** The result of one visit to an export. */
    public enum Step {
        /** Not finished: the export is visited again. */
        POSTPONED,
        /** All content is erased, and its row, now a tombstone, says so. */
        ERASED,
        /** The tombstone is deleted too. */
        DELETED
    }

    /**
     * @param exportId the export that was visited
     * @param step the result
     * @param failure why it was postponed; null if nothing failed
     */
    public record Looked(String exportId, Step step, @Nullable RuntimeException failure) {}

    /**
     * Visits one export that is due.
     *
     * @param putAway deletes what the catalog does not own, such as HAPI's job, outside any transaction. Called when
     *     all files of the export are erased. If it returns false, the export is postponed
     * @return empty if none is due
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
        if (export.isExpired(now) && !export.isErased()) {
            noteExpiry(export, lease, now);
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

    private void noteExpiry(Export export, Instant lease, Instant now) {
        database.inNewTransaction(() -> {
            int noted = entityManager
                    .createNativeQuery("update HBP_EXPORT set EXPIRY_NOTED_AT = :now where EXPORT_ID = :exportId"
                            + " and EXPIRY_NOTED_AT is null and DUE_AT = :lease and STATE = 'COMPLETE'")
                    .setParameter("now", now)
                    .setParameter("exportId", export.id())
                    .setParameter("lease", lease)
                    .executeUpdate();
            if (noted == 1) {
                witness.expired(export);
            }
        });
    }

    private Step forgetContent(Export export, Instant lease, Instant now) {
        rows.forgetContent(export.id());
        return database.inNewTransaction(() -> {
            int recorded = entityManager
                    .createQuery("update Export e set e.erasedAt = :now, e.storedBytes = 0, e.dueAt = :end"
                            + " where e.id = :exportId and e.dueAt = :lease")
                    .setParameter("now", now)
                    .setParameter("end", endOfTombstone(export, now))
                    .setParameter("exportId", export.id())
                    .setParameter("lease", lease)
                    .executeUpdate();
            if (recorded == 1) {
                witness.erased(export);
            }
            return recorded == 1 ? Step.ERASED : Step.POSTPONED;
        });
    }

    /** Earlier for a deleted export that never had a file: a client may start and delete any number of these. */
    private Instant endOfTombstone(Export export, Instant erasedAt) {
        Instant end = export.endOfTombstone(tombstoneRetention);
        Instant soon = erasedAt.plus(EMPTY_TOMBSTONE);
        return export.state() == Export.State.DELETED && soon.isBefore(end) && !rows.hasFiles(export.id()) ? soon : end;
    }

    private boolean hasContent(Export export) {
        return database.inTransaction(() -> !entityManager
                .createQuery(
                        "select f.binaryId from ExportFile f where f.export.id = :exportId"
                                + " and f.state <> 'ERASED'",
                        String.class)
                .setParameter("exportId", export.id())
                .setMaxResults(1)
                .getResultList()
                .isEmpty());
    }

    /** Makes files due that have no {@code DUE_AT}: an older version of the plugin wrote them. */
    private void makeDue(Export export, Instant now) {
        database.inNewTransaction(() -> entityManager
                .createQuery("update ExportFile f set f.dueAt = :now where f.export.id = :exportId and f.dueAt is null"
                        + " and f.state <> 'ERASED'")
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
     * Sets {@code DUE_AT} of some exports that an older version of the plugin has ended without setting it.
     *
     * @param limit how many at most
     * @return how many it has set; 0 if none is left
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
