/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.maintenance;

import jakarta.persistence.EntityManager;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportFile;

/**
 * Work queue of the files to erase, shared by all servers. A server claims some by setting their {@code DUE_AT} to the
 * end of a lease, erases them without a lock or a transaction, and records the results of those whose lease it still
 * holds. If a server dies, its files are due again when the lease ends.
 */
public final class ErasureQueue {

    /** Longer than the erasure of a file takes. No erasure begins in its second half. */
    static final Duration LEASE = Duration.ofMinutes(1);

    private static final Duration FIRST_RETRY = Duration.ofMinutes(1);
    private static final int LONGEST_RETRY_EXPONENT = 10;

    /** When to look again at a file that is being read: by then the servers have recorded new heartbeats of reading. */
    private static final Duration WHILE_READ = Duration.ofSeconds(10);

    /** By then a store has received all late writes, even of a server that has lost its lease or the database. */
    static final Duration LATE_WRITES = Duration.ofMinutes(2);

    private final CatalogDatabase database;
    private final EntityManager entityManager;

    /** @param database the catalog's */
    public ErasureQueue(CatalogDatabase database) {
        this.database = database;
        this.entityManager = database.entityManager();
    }

    /**
     * Erases the content of some files: of discarded ones, and of exports that have failed, were deleted or have
     * expired. A file whose writer never reported the end of its writing is erased a second time later. Files that are
     * being read are postponed.
     *
     * @param inUse the Binaries that this server is sending
     * @param limit how many files to claim at most
     * @param goesOn whether there is time for more
     * @param erase erases the content of a file, outside any transaction; returns false if that failed, in which case
     *     it is tried again with exponential backoff
     * @return how many files were claimed or postponed; 0 if none is due
     */
    public int eraseFiles(Collection<String> inUse, int limit, BooleanSupplier goesOn, Predicate<ExportFile> erase) {
        Instant began = database.now();
        Instant lease = began.plus(LEASE);
        Claim claim = database.inNewTransaction(() -> claim(inUse, limit, began, lease));
        List<ExportFile> erased = new ArrayList<>();
        List<ExportFile> failed = new ArrayList<>();
        List<ExportFile> left = new ArrayList<>();
        for (ExportFile file : claim.erasable()) {
            if (!goesOn.getAsBoolean() || database.now().isAfter(began.plus(LEASE.dividedBy(2)))) {
                left.add(file);
            } else if (erase.test(file)) {
                erased.add(file);
            } else {
                failed.add(file);
            }
        }
        if (!claim.erasable().isEmpty()) {
            database.inNewTransaction(() -> record(erased, failed, left, lease));
        }
        return claim.number();
    }

    private record Claim(int number, List<ExportFile> erasable) {}

    private Claim claim(Collection<String> inUse, int limit, Instant now, Instant lease) {
        List<ExportFile> due = database.locked(
                ExportFile.class,
                "select f.* from HBP_EXPORT_FILE f where f.DUE_AT <= :now order by f.DUE_AT",
                Map.of("now", now),
                limit);
        if (due.isEmpty()) {
            return new Claim(0, due);
        }
        exportsOf(due);
        Instant lastSign = database.databaseNow().minus(Export.GRACE);
        List<ExportFile> erasable = new ArrayList<>();
        for (ExportFile file : due) {
            if (!isErasable(file, now)) {
                file.due(file.export().endOfContent());
            } else if (inUse.contains(file.binaryId()) || file.isReadSince(lastSign)) {
                file.due(now.plus(WHILE_READ));
            } else {
                file.due(lease);
                erasable.add(file);
            }
        }
        return new Claim(due.size(), erasable);
    }

    /** Loads all their exports in one query, instead of one query for each file. */
    private void exportsOf(List<ExportFile> files) {
        entityManager
                .createQuery(
                        "select e from Export e where e.id in"
                                + " (select f.export.id from ExportFile f where f.binaryId in :files)",
                        Export.class)
                .setParameter("files", files.stream().map(ExportFile::binaryId).toList())
                .getResultList();
    }

    /** Decides by the state of the file and of its export; the time in {@code DUE_AT} may be out of date. */
    private static boolean isErasable(ExportFile file, Instant now) {
        return switch (file.state()) {
            case DISCARDED, ERASED -> true;
            case AVAILABLE -> file.export().isOver(now);
            case WRITING -> file.export().state() != Export.State.RUNNING;
        };
    }

    private void record(List<ExportFile> erased, List<ExportFile> failed, List<ExportFile> left, Instant lease) {
        SortedMap<String, Long> gone = new TreeMap<>();
        erased.forEach(file -> gone.merge(file.export().id(), file.storedBytes(), Long::sum));
        failed.forEach(file -> gone.merge(file.export().id(), 0L, Long::sum));
        left.forEach(file -> gone.merge(file.export().id(), 0L, Long::sum));
        gone.forEach((exportId, bytes) -> database.store(exportId, -bytes)); // locks exports before their files
        Instant now = database.now();
        Set<String> erasedIds = ids(erased.stream());
        Set<String> failedIds = ids(failed.stream());
        for (ExportFile file : held(ids(Stream.of(erased, failed, left).flatMap(List::stream)), lease)) {
            if (erasedIds.contains(file.binaryId())) {
                file.erased(now.plus(LATE_WRITES));
                gone.merge(file.export().id(), -file.storedBytes(), Long::sum);
            } else if (failedIds.contains(file.binaryId())) {
                file.erasureFailed(now.plus(retryAfter(file)));
            } else {
                file.due(now);
            }
        }
        gone.forEach((exportId, bytes) -> database.store(exportId, bytes));
    }

    private static Set<String> ids(Stream<ExportFile> files) {
        return files.map(ExportFile::binaryId).collect(Collectors.toSet());
    }

    /**
     * Locks and returns the files whose lease this server still holds: not those that another server has claimed after
     * the lease, or that have been discarded anew.
     */
    @SuppressWarnings("unchecked") // JPA's native queries have no types
    private List<ExportFile> held(Set<String> files, Instant lease) {
        return entityManager
                .createNativeQuery(
                        "select f.* from HBP_EXPORT_FILE f where f.BINARY_ID in (:files) and f.DUE_AT = :lease"
                                + " order by f.BINARY_ID for update",
                        ExportFile.class)
                .setParameter("files", files)
                .setParameter("lease", lease)
                .getResultList();
    }

    private static Duration retryAfter(ExportFile file) {
        return FIRST_RETRY.multipliedBy(1L << Math.min(file.erasureFailures(), LONGEST_RETRY_EXPONENT));
    }

    /**
     * Records heartbeats of downloads, so that no server erases these files. Commits at once those that nobody has
     * locked. Then waits for the others one by one: so it does not deadlock with who has locked them, such as a
     * deletion, which locks the files of an export in an order of its own.
     */
    public void showReading(Collection<String> binaryIds) {
        if (!binaryIds.isEmpty()) {
            Set<String> others = new TreeSet<>(binaryIds);
            others.removeAll(database.inNewTransaction(() -> {
                List<String> free = lockFree(binaryIds);
                setRead(free);
                return free;
            }));
            others.forEach(file -> database.inNewTransaction(() -> setRead(List.of(file))));
        }
    }

    private void setRead(List<String> binaryIds) {
        if (!binaryIds.isEmpty()) {
            entityManager
                    .createQuery("update ExportFile f set f.readAt = :now where f.binaryId in :binaryIds")
                    .setParameter("now", database.databaseNow())
                    .setParameter("binaryIds", binaryIds)
                    .executeUpdate();
        }
    }

    /** Locks those files that nobody else has locked, and returns their ids. */
    @SuppressWarnings("unchecked") // JPA's native queries have no types
    private List<String> lockFree(Collection<String> binaryIds) {
        return entityManager
                .createNativeQuery(
                        "select f.BINARY_ID from HBP_EXPORT_FILE f where f.BINARY_ID in (:ids) for update skip locked",
                        String.class)
                .setParameter("ids", binaryIds)
                .getResultList();
    }

    /**
     * Which of these Binaries are files of exports that had expired, failed or been deleted by this moment.
     *
     * @param binaryIds may be empty
     */
    public List<String> overdue(Collection<String> binaryIds, Instant moment) {
        return overdue(
                "select f.binaryId from ExportFile f join f.export e where f.binaryId in :ids", binaryIds, moment);
    }

    /**
     * Which of these exports had expired, failed or been deleted by this moment: their attachments must no longer be
     * sent.
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
        return database.inTransaction(() -> entityManager
                .createQuery(
                        select
                                + " and ((e.state = 'COMPLETE' and e.expiresAt <="
                                + " :moment)"
                                + " or (e.state <> 'COMPLETE' and e.endedAt <="
                                + " :moment))",
                        String.class)
                .setParameter("ids", ids)
                .setParameter("moment", moment)
                .getResultList());
    }

    /** How many files are waiting for another try after their erasure failed. */
    public long failures() {
        return database.inTransaction(() -> entityManager
                .createQuery(
                        "select count(f) from ExportFile f where f.erasureFailures > 0" + " and f.state <> 'ERASED'",
                        Long.class)
                .getSingleResult());
    }
}
