/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import com.google.common.collect.Lists;
import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The exports and their files: look-ups and changes of state. Methods join the caller's transaction, so that a change
 * here commits together with HAPI's own, unless they say that they commit at once.
 */
public class ExportCatalog {

    private static final int IDS_PER_QUERY = 500;

    private static final String LISTED =
            "f.export.id = :exportId and f.state = org.hapibinary.catalog.FileState.AVAILABLE";

    private final EntityManager entityManager;
    private final TransactionTemplate joining;
    private final TransactionTemplate atOnce;
    private final Clock clock;

    /**
     * @param entityManager shared, of the persistence unit that holds the entities
     * @param transactionManager of the same persistence unit
     * @param clock the source of every moment written
     */
    public ExportCatalog(EntityManager entityManager, PlatformTransactionManager transactionManager, Clock clock) {
        this.entityManager = entityManager;
        this.joining = new TransactionTemplate(transactionManager);
        this.atOnce = new TransactionTemplate(transactionManager);
        this.atOnce.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
        this.clock = clock;
    }

    /** Adds a running export. */
    public void add(Export export) {
        joining.executeWithoutResult(tx -> entityManager.persist(export));
    }

    /** Ties an export to the job HAPI has made for it. */
    public void assignJob(String exportId, String jobId) {
        joining.executeWithoutResult(tx -> require(exportId).assignJob(jobId));
    }

    /** The export of a HAPI job. */
    public Optional<Export> findByJob(String jobId) {
        return resultOf(() -> entityManager
                .createQuery("select e from Export e where e.jobId = :jobId", Export.class)
                .setParameter("jobId", jobId)
                .getResultStream()
                .findFirst());
    }

    /** The running exports on which no server has been at work since a moment. */
    public List<Export> findQuietSince(Instant moment) {
        return resultOf(() -> entityManager
                .createQuery(
                        "select e from Export e where e.state = org.hapibinary.catalog.ExportState.RUNNING"
                                + " and e.activeAt < :moment order by e.startedAt",
                        Export.class)
                .setParameter("moment", moment)
                .getResultList());
    }

    /** An export file together with its export, in one query. */
    public Optional<ExportFile> findFile(String binaryId) {
        return resultOf(() -> entityManager
                .createQuery(
                        "select f from ExportFile f join fetch f.export where f.binaryId = :binaryId", ExportFile.class)
                .setParameter("binaryId", binaryId)
                .getResultStream()
                .findFirst());
    }

    /**
     * Those of some Binaries that are data or error files of an export, in whatever state. Attachments are not among them:
     * they belong to the patient's record.
     */
    public Set<String> binariesOfExports(Collection<String> binaryIds) {
        return resultOf(() -> {
            Set<String> found = new HashSet<>();
            for (List<String> some : Lists.partition(List.copyOf(binaryIds), IDS_PER_QUERY)) {
                found.addAll(entityManager
                        .createQuery(
                                "select f.binaryId from ExportFile f where f.binaryId in :binaryIds"
                                        + " and f.kind <> org.hapibinary.catalog.FileKind.ATTACHMENT",
                                String.class)
                        .setParameter("binaryIds", some)
                        .getResultList());
            }
            return found;
        });
    }

    /** The ids of all content that the files of some Binaries still have, or may have, in the store: all but erased ones. */
    public Set<String> contentOf(Collection<String> binaryIds) {
        return resultOf(() -> {
            Set<String> found = new HashSet<>();
            for (List<String> some : Lists.partition(List.copyOf(binaryIds), IDS_PER_QUERY)) {
                entityManager
                        .createQuery(
                                "select f from ExportFile f where f.binaryId in :binaryIds"
                                        + " and f.state <> org.hapibinary.catalog.FileState.ERASED",
                                ExportFile.class)
                        .setParameter("binaryIds", some)
                        .getResultStream()
                        .forEach(file -> found.addAll(file.contentIds()));
            }
            return found;
        });
    }

    /** The files a manifest lists, in the order of their names' numbering. */
    public List<ExportFile> listedFiles(String exportId) {
        return resultOf(() -> entityManager
                .createQuery(
                        "select f from ExportFile f where " + LISTED
                                + " order by f.resourceType, f.lastModified, f.binaryId",
                        ExportFile.class)
                .setParameter("exportId", exportId)
                .getResultList());
    }

    /**
     * Starts a chunk, at once, unless it is done or in work. Whatever an earlier attempt at it has written is discarded,
     * and that attempt can publish nothing more.
     *
     * @param repeatable whether the chunk may be run again after an attempt that came to nothing
     * @param stalledAfter after how much quiet the server at work on a chunk is taken for dead
     */
    public ChunkStart beginChunk(String exportId, String chunkId, boolean repeatable, Duration stalledAfter) {
        return resultOf(atOnce, () -> {
            Instant now = clock.instant();
            ExportChunk chunk = entityManager.find(ExportChunk.class, chunkId, LockModeType.PESSIMISTIC_WRITE);
            if (chunk == null) {
                chunk = new ExportChunk(chunkId, exportId);
                entityManager.persist(chunk);
            } else if (chunk.isFinished()) {
                return new ChunkStart.Finished();
            } else if (chunk.isInWorkSince(now.minus(stalledAfter))) {
                return new ChunkStart.InWork();
            } else if (chunk.hasBeenStarted() && !repeatable) {
                return new ChunkStart.Interrupted();
            }
            discardFilesOfChunk(chunkId);
            ChunkAttempt attempt = chunk.start(now);
            showActivity(exportId, now);
            return new ChunkStart.Run(attempt);
        });
    }

    /**
     * Ends an attempt, at once. Does nothing if the chunk has been started again since.
     *
     * @param done whether the chunk need not be run again
     */
    public void endChunk(ChunkAttempt attempt, boolean done) {
        atOnce.executeWithoutResult(tx -> {
            ExportChunk chunk =
                    entityManager.find(ExportChunk.class, attempt.chunkId(), LockModeType.PESSIMISTIC_WRITE);
            if (chunk != null && chunk.isCurrent(attempt)) {
                chunk.end(done);
            }
        });
    }

    private void discardFilesOfChunk(String chunkId) {
        entityManager
                .createQuery("update ExportFile f set f.state = org.hapibinary.catalog.FileState.DISCARDED"
                        + " where f.chunkId = :chunkId and f.state in (org.hapibinary.catalog.FileState.WRITING,"
                        + " org.hapibinary.catalog.FileState.AVAILABLE)")
                .setParameter("chunkId", chunkId)
                .executeUpdate();
    }

    /** Records, at once, that a server is at work on these attempts. */
    public void showActivity(Collection<ChunkAttempt> attempts) {
        atOnce.executeWithoutResult(tx -> {
            Instant now = clock.instant();
            for (ChunkAttempt attempt : attempts) {
                int current = entityManager
                        .createQuery("update ExportChunk c set c.activeAt = :now"
                                + " where c.id = :chunkId and c.attempt = :number and c.finished = false")
                        .setParameter("now", now)
                        .setParameter("chunkId", attempt.chunkId())
                        .setParameter("number", attempt.number())
                        .executeUpdate();
                if (current == 1) {
                    showActivity(attempt.exportId(), now);
                }
            }
        });
    }

    private void showActivity(String exportId, Instant now) {
        entityManager
                .createQuery("update Export e set e.activeAt = :now where e.id = :exportId")
                .setParameter("now", now)
                .setParameter("exportId", exportId)
                .executeUpdate();
    }

    /**
     * Takes it on oneself, at once, to look after an export that has been quiet; of several servers one succeeds.
     *
     * @return whether it was this one
     */
    public boolean claim(Export quiet) {
        return resultOf(atOnce, () -> entityManager
                        .createQuery("update Export e set e.activeAt = :now"
                                + " where e.id = :exportId and e.activeAt = :seen")
                        .setParameter("now", clock.instant())
                        .setParameter("exportId", quiet.id())
                        .setParameter("seen", quiet.activeAt())
                        .executeUpdate())
                == 1;
    }

    /**
     * Announces a file, at once and before its first byte is stored, so that a crash at any later point leaves a row
     * that tells the sweep what to erase.
     */
    public void announce(ChunkAttempt attempt, NewFile file) {
        atOnce.executeWithoutResult(tx -> entityManager.persist(
                new ExportFile(require(attempt.exportId()), attempt.chunkId(), file, clock.instant())));
    }

    /**
     * Makes an announced file part of its export when the caller's transaction commits. If the chunk has been started
     * again since, or the export has ended, the file is discarded instead.
     */
    public void publish(ChunkAttempt attempt, WrittenFile written) {
        joining.executeWithoutResult(tx -> {
            ExportChunk chunk =
                    entityManager.find(ExportChunk.class, attempt.chunkId(), LockModeType.PESSIMISTIC_WRITE);
            ExportFile file = entityManager.find(ExportFile.class, written.binaryId(), LockModeType.PESSIMISTIC_WRITE);
            if (file != null && file.state() == FileState.WRITING) {
                boolean wanted = chunk != null
                        && chunk.isCurrent(attempt)
                        && require(attempt.exportId()).state() == ExportState.RUNNING;
                file.written(written);
                file.become(wanted ? FileState.AVAILABLE : FileState.DISCARDED);
            } else if (file != null && file.state() == FileState.ERASED) {
                // the sweep was here before the last byte was
                file.become(FileState.DISCARDED);
            }
        });
    }

    /** Gives up a file that did not become part of its export, at once. */
    public void discard(String binaryId) {
        atOnce.executeWithoutResult(tx -> {
            ExportFile file = entityManager.find(ExportFile.class, binaryId, LockModeType.PESSIMISTIC_WRITE);
            if (file != null && file.state() == FileState.WRITING) {
                file.become(FileState.DISCARDED);
            }
        });
    }

    /**
     * Completes a running export: names its files, discards what was left over, and starts the retention. As long as a
     * server is at work on a chunk of it, it stays running; if a chunk was left unfinished, it fails.
     *
     * @param at the moment HAPI's job ended
     * @param retention how long the files live from then on
     * @param stalledAfter after how much quiet the server at work on a chunk is taken for dead
     */
    public void complete(String exportId, Instant at, Duration retention, Duration stalledAfter) {
        joining.executeWithoutResult(tx -> {
            Export export = locked(exportId);
            if (export.state() != ExportState.RUNNING) {
                return;
            }
            List<ExportChunk> unfinished = unfinishedChunks(exportId);
            if (unfinished.isEmpty()) {
                nameFiles(exportId);
                discardFiles(exportId, FileState.WRITING);
                export.complete(at, at.plus(retention));
            } else if (unfinished.stream()
                    .noneMatch(chunk -> chunk.isInWorkSince(clock.instant().minus(stalledAfter)))) {
                fail(exportId);
            }
        });
    }

    private List<ExportChunk> unfinishedChunks(String exportId) {
        return entityManager
                .createQuery(
                        "select c from ExportChunk c where c.exportId = :exportId and c.finished = false",
                        ExportChunk.class)
                .setParameter("exportId", exportId)
                .getResultList();
    }

    private void nameFiles(String exportId) {
        Map<String, Integer> numbers = new HashMap<>();
        for (ExportFile file : listedFiles(exportId)) {
            int number = numbers.merge(file.resourceType(), 1, Integer::sum);
            file.name(file.resourceType() + (number == 1 ? "" : "-" + number) + ".ndjson");
        }
    }

    /** Ends a running export without a result. */
    public void fail(String exportId) {
        end(exportId, ExportState.FAILED, ExportState.RUNNING);
    }

    /** Ends a running export that was cancelled in the engine. */
    public void cancel(String exportId) {
        end(exportId, ExportState.DELETED, ExportState.RUNNING);
    }

    /** Ends an export in any state at its owner's wish; its status and files answer 404 from the commit on. */
    public void delete(String exportId) {
        end(exportId, ExportState.DELETED, ExportState.RUNNING, ExportState.COMPLETE, ExportState.FAILED);
    }

    private void end(String exportId, ExportState state, ExportState... from) {
        joining.executeWithoutResult(tx -> {
            Export export = locked(exportId);
            if (List.of(from).contains(export.state())) {
                discardFiles(exportId, FileState.WRITING);
                discardFiles(exportId, FileState.AVAILABLE);
                export.end(state, clock.instant());
            }
        });
    }

    private void discardFiles(String exportId, FileState from) {
        entityManager
                .createQuery("update ExportFile f set f.state = org.hapibinary.catalog.FileState.DISCARDED"
                        + " where f.export.id = :exportId and f.state = :from")
                .setParameter("exportId", exportId)
                .setParameter("from", from)
                .executeUpdate();
    }

    /**
     * Files whose content is to be erased: discarded, left over by an export that has ended, or expired.
     *
     * @param afterBinaryId the last file of the page before; empty for the first page
     */
    public List<ExportFile> findErasable(Instant now, String afterBinaryId, int limit) {
        return resultOf(() -> entityManager
                .createQuery(
                        "select f from ExportFile f join f.export e where f.binaryId > :afterBinaryId"
                                + " and f.state <> org.hapibinary.catalog.FileState.ERASED"
                                + " and (f.state = org.hapibinary.catalog.FileState.DISCARDED"
                                + " or e.state in (org.hapibinary.catalog.ExportState.FAILED,"
                                + " org.hapibinary.catalog.ExportState.DELETED)"
                                + " or (e.state = org.hapibinary.catalog.ExportState.COMPLETE"
                                + " and (f.state = org.hapibinary.catalog.FileState.WRITING or e.expiresAt <= :now)))"
                                + " order by f.binaryId",
                        ExportFile.class)
                .setParameter("afterBinaryId", afterBinaryId)
                .setParameter("now", now)
                .setMaxResults(limit)
                .getResultList());
    }

    /** Records that a file's content is gone from the store, at once. */
    public void erased(String binaryId) {
        atOnce.executeWithoutResult(tx -> {
            ExportFile file = entityManager.find(ExportFile.class, binaryId);
            if (file != null) {
                file.become(FileState.ERASED);
            }
        });
    }

    /**
     * Takes the file whose content was checked longest ago, at once, and counts it as checked now; of several servers one
     * gets it.
     *
     * @param before files checked since are left alone
     */
    public Optional<ExportFile> claimForCheck(Instant before) {
        return resultOf(atOnce, () -> entityManager
                .createQuery(
                        "select f from ExportFile f join fetch f.export e"
                                + " where f.state = org.hapibinary.catalog.FileState.AVAILABLE"
                                + " and e.state = org.hapibinary.catalog.ExportState.COMPLETE and e.expiresAt > :now"
                                + " and (f.checkedAt is null or f.checkedAt < :before)"
                                + " order by f.checkedAt asc nulls first, f.binaryId",
                        ExportFile.class)
                .setParameter("now", clock.instant())
                .setParameter("before", before)
                .setMaxResults(1)
                .getResultStream()
                .findFirst()
                .filter(file -> counted(file, clock.instant())));
    }

    private boolean counted(ExportFile file, Instant now) {
        return entityManager
                        .createQuery("update ExportFile f set f.checkedAt = :now where f.binaryId = :binaryId"
                                + " and (f.checkedAt is null or f.checkedAt = :seen)")
                        .setParameter("now", now)
                        .setParameter("binaryId", file.binaryId())
                        .setParameter("seen", file.checkedAt().orElse(now))
                        .executeUpdate()
                == 1;
    }

    /**
     * Records, at once, whether a file's content is what was written.
     *
     * @return whether the file may still be sent; if it has expired or is deleted, nothing was recorded
     */
    public boolean checked(String binaryId, boolean damaged) {
        return resultOf(atOnce, () -> entityManager
                        .createQuery("update ExportFile f set f.damaged = :damaged where f.binaryId = :binaryId"
                                + " and f.state = org.hapibinary.catalog.FileState.AVAILABLE and f.export.id in"
                                + " (select e.id from Export e where e.expiresAt > :now"
                                + " and e.state = org.hapibinary.catalog.ExportState.COMPLETE)")
                        .setParameter("damaged", damaged)
                        .setParameter("binaryId", binaryId)
                        .setParameter("now", clock.instant())
                        .executeUpdate())
                == 1;
    }

    private Export require(String exportId) {
        return Objects.requireNonNull(
                entityManager.find(Export.class, exportId), () -> "No export with the id " + exportId);
    }

    private Export locked(String exportId) {
        return Objects.requireNonNull(
                entityManager.find(Export.class, exportId, LockModeType.PESSIMISTIC_WRITE),
                () -> "No export with the id " + exportId);
    }

    private <T> T resultOf(Work<T> work) {
        return resultOf(joining, work);
    }

    private static <T> T resultOf(TransactionTemplate transaction, Work<T> work) {
        return Objects.requireNonNull(transaction.execute(tx -> work.run()));
    }

    private interface Work<T> {
        T run();
    }
}
