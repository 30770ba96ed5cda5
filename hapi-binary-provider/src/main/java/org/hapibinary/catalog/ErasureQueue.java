/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import jakarta.persistence.EntityManager;
import jakarta.persistence.Query;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * What is to be erased, handed out to whoever asks. Rows are locked while they are worked on, and those that another server
 * has locked are passed over ({@code FOR UPDATE SKIP LOCKED}): nothing is done twice, and what a server leaves behind when
 * it dies is free at once.
 */
public final class ErasureQueue {

    private static final Duration FIRST_RETRY = Duration.ofMinutes(1);
    private static final int LONGEST_RETRY_EXPONENT = 10;

    /** A download that another server has begun just before the expiry has shown a sign of life by then. */
    private static final Duration GRACE = Duration.ofSeconds(30);

    /** As long as a tombstone says nothing that an export which is not known does not say either. */
    private static final Duration EMPTY_TOMBSTONE = Duration.ofHours(1);

    private static final String EXPIRED = "e.STATE = 'COMPLETE' and e.EXPIRES_AT <= :expired";
    private static final String ENDED = "e.STATE in ('FAILED', 'DELETED')";

    private static final String UNERASED =
            "select 1 from HBP_EXPORT_FILE f where f.EXPORT_ID = e.EXPORT_ID and f.STATE <> 'ERASED'";

    /** In SQL, because Hibernate knows it of PostgreSQL only; H2 has it too. */
    private static final String LOCKED = " limit :limit for update skip locked";

    private final CatalogDatabase database;
    private final EntityManager entityManager;

    /** @param database the catalog's */
    public ErasureQueue(CatalogDatabase database) {
        this.database = database;
        this.entityManager = database.entityManager();
    }

    /**
     * Has some files' content erased: discarded ones, and those of exports that have failed, were deleted or have expired.
     * Files that are being read are left for another time. What is recorded is committed with the return.
     *
     * @param inUse Binaries that this server is reading
     * @param erase erases the content of files; returns those of which nothing is left, the others are
     *     tried again, later each time
     * @return how many files have been tried; 0 if there is nothing to do at present
     */
    public int eraseFiles(Collection<String> inUse, int limit, Function<List<ExportFile>, Set<ExportFile>> erase) {
        return database.atOnce(() -> {
            Instant now = database.now();
            List<ExportFile> files = erasable(now, inUse, limit);
            if (!files.isEmpty()) {
                Set<ExportFile> erased = erase.apply(files);
                for (ExportFile file : files) {
                    if (erased.contains(file)) {
                        file.become(FileState.ERASED);
                    } else {
                        file.erasureFailed(now.plus(retryAfter(file)));
                    }
                }
            }
            return files.size();
        });
    }

    private List<ExportFile> erasable(Instant now, Collection<String> inUse, int limit) {
        return locked(
                ExportFile.class,
                "select f.* from HBP_EXPORT_FILE f where f.STATE <> 'ERASED'"
                        + " and (f.ERASE_AFTER is null or f.ERASE_AFTER <= :now)"
                        + " and (f.READ_AT is null or f.READ_AT <= :expired)"
                        + " and f.BINARY_ID not in (:inUse)"
                        + " and (f.STATE = 'DISCARDED' or f.EXPORT_ID in"
                        + " (select e.EXPORT_ID from HBP_EXPORT e where " + ENDED + " or (" + EXPIRED + ")"
                        + " or (e.STATE = 'COMPLETE' and f.STATE = 'WRITING')))",
                Map.of(
                        "now",
                        now,
                        "expired",
                        now.minus(GRACE),
                        "inUse",
                        inUse.isEmpty() ? List.of("") : inUse,
                        "limit",
                        limit));
    }

    @SuppressWarnings("unchecked") // JPA's native queries have no types
    private <T> List<T> locked(Class<T> type, String select, Map<String, Object> parameters) {
        Query query = entityManager.createNativeQuery(select + LOCKED, type);
        parameters.forEach(query::setParameter);
        return query.getResultList();
    }

    private static Duration retryAfter(ExportFile file) {
        return FIRST_RETRY.multipliedBy(1L << Math.min(file.erasureFailures(), LONGEST_RETRY_EXPONENT));
    }

    /**
     * Has what is left of an ended export put away once all its files are erased: HAPI's job, and what the catalog itself
     * knows of the content. The row stays, to answer that the export has expired or failed.
     *
     * @param putAway puts away what is not the catalog's; the export is left for another time if it returns false
     * @return the export, or nothing if there is none at present
     */
    public Optional<Export> finishExport(Function<Export, Boolean> putAway) {
        return database.atOnce(() -> {
            Instant now = database.now();
            Optional<Export> next = locked(
                            Export.class,
                            "select e.* from HBP_EXPORT e where e.ERASED_AT is null and (" + ENDED + " or (" + EXPIRED
                                    + ")) and (e.FINISH_AFTER is null or e.FINISH_AFTER <= :now)"
                                    + " and not exists (" + UNERASED + ")",
                            Map.of("now", now, "expired", now.minus(GRACE), "limit", 1))
                    .stream()
                    .findFirst();
            next.ifPresent(export -> {
                if (putAway.apply(export)) {
                    forgetContent(export);
                    export.erased(now);
                } else {
                    export.finishAfter(now.plus(FIRST_RETRY));
                }
            });
            return next;
        });
    }

    private void forgetContent(Export export) {
        forgetMembers(export);
        execute("delete from IssueRow i where i.exportId = :exportId", export);
        execute(
                "update Attachment a set a.title = null, a.contentType = null, a.contentSize = null, a.sha256 = null,"
                        + " a.lastModified = null where a.key.fileId in"
                        + " (select f.binaryId from ExportFile f where f.export.id = :exportId)",
                export);
    }

    /**
     * Deletes the rows of exports that were erased and ended, or expired, before a moment; of those that were deleted and
     * never had a file, an hour after they were erased: a client may start and delete any number of them.
     *
     * @return how many exports were deleted; 0 if there are none
     */
    public int deleteTombstones(Instant before, int limit) {
        return database.atOnce(() -> {
            List<Export> old = locked(
                    Export.class,
                    "select e.* from HBP_EXPORT e where e.ERASED_AT is not null"
                            + " and (coalesce(e.EXPIRES_AT, e.ENDED_AT) <= :before or (e.STATE = 'DELETED'"
                            + " and e.ERASED_AT <= :empty and not exists"
                            + " (select 1 from HBP_EXPORT_FILE f where f.EXPORT_ID = e.EXPORT_ID)))"
                            + " and not exists (" + UNERASED + ")",
                    Map.of("before", before, "empty", database.now().minus(EMPTY_TOMBSTONE), "limit", limit));
            for (Export export : old) {
                forgetMembers(export);
                execute(
                        "delete from Attachment a where a.key.fileId in"
                                + " (select f.binaryId from ExportFile f where f.export.id = :exportId)",
                        export);
                execute("delete from IssueRow i where i.exportId = :exportId", export);
                execute("delete from ExportFile f where f.export.id = :exportId", export);
                execute("delete from ExportChunk c where c.exportId = :exportId", export);
                execute("delete from Export e where e.id = :exportId", export);
            }
            return old.size();
        });
    }

    private void forgetMembers(Export export) {
        for (String table : List.of("HBP_EXPORT_SUPPORTING", "HBP_EXPORT_MEMBER")) {
            entityManager
                    .createNativeQuery("delete from " + table + " where EXPORT_ID = :exportId")
                    .setParameter("exportId", export.id())
                    .executeUpdate();
        }
    }

    private void execute(String statement, Export export) {
        entityManager
                .createQuery(statement)
                .setParameter("exportId", export.id())
                .executeUpdate();
    }

    /** Records, at once, that this server is sending files: a file that is being read is not erased. */
    public void showReading(Collection<String> binaryIds) {
        if (!binaryIds.isEmpty()) {
            database.atOnce(() -> entityManager
                    .createQuery("update ExportFile f set f.readAt = :now where f.binaryId in :binaryIds")
                    .setParameter("now", database.now())
                    .setParameter("binaryIds", binaryIds)
                    .executeUpdate());
        }
    }

    /** Those of some Binaries that are files of exports which have expired, or have ended otherwise, before a moment. */
    public List<String> overdue(Collection<String> binaryIds, Instant moment) {
        return overdue(
                "select f.binaryId from ExportFile f join f.export e where f.binaryId in :ids", binaryIds, moment);
    }

    /**
     * Exports whose attachments are not to be read any more, like files by {@link #overdue}.
     *
     * @param exportIds may be empty
     */
    public List<String> overdueExports(Collection<String> exportIds, Instant moment) {
        return overdue("select e.id from Export e where e.id in :ids", exportIds, moment);
    }

    private List<String> overdue(String select, Collection<String> ids, Instant moment) {
        if (ids.isEmpty()) {
            return List.of();
        }
        return database.joined(() -> entityManager
                .createQuery(
                        select
                                + " and ((e.state = org.hapibinary.catalog.ExportState.COMPLETE and e.expiresAt <= :moment)"
                                + " or (e.state <> org.hapibinary.catalog.ExportState.COMPLETE and e.endedAt <= :moment))",
                        String.class)
                .setParameter("ids", ids)
                .setParameter("moment", moment)
                .getResultList());
    }

    /** How many files there are whose erasure has failed and is being tried again. */
    public long failures() {
        return database.joined(() -> entityManager
                .createQuery(
                        "select count(f) from ExportFile f where f.erasureFailures > 0"
                                + " and f.state <> org.hapibinary.catalog.FileState.ERASED",
                        Long.class)
                .getSingleResult());
    }
}
