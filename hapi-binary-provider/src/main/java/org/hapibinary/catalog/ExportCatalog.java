/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The exports and their files: look-ups and changes of state. Methods join the caller's transaction, so that a change
 * here commits together with HAPI's own, unless they say that they commit at once.
 */
public class ExportCatalog {

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
     * Starts a chunk, at once. Whatever an earlier attempt at the same chunk has written is discarded, and that attempt
     * can publish nothing more.
     */
    public ChunkAttempt beginChunk(String exportId, String chunkId) {
        return resultOf(atOnce, () -> {
            require(exportId).active(clock.instant());
            ExportChunk chunk = entityManager.find(ExportChunk.class, chunkId, LockModeType.PESSIMISTIC_WRITE);
            if (chunk == null) {
                entityManager.persist(new ExportChunk(chunkId, exportId));
                return new ChunkAttempt(exportId, chunkId, 1);
            }
            discardFilesOfChunk(chunkId);
            return new ChunkAttempt(exportId, chunkId, chunk.startAgain());
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

    /** Records, at once, that a server is at work on exports. */
    public void touch(Collection<String> exportIds) {
        if (!exportIds.isEmpty()) {
            atOnce.executeWithoutResult(tx -> entityManager
                    .createQuery("update Export e set e.activeAt = :now where e.id in :exportIds")
                    .setParameter("now", clock.instant())
                    .setParameter("exportIds", exportIds)
                    .executeUpdate());
        }
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
     * Makes an announced file part of its export when the caller's transaction commits.
     *
     * @throws SupersededAttemptException if the chunk has been started again since, or the export has ended
     */
    public void publish(ChunkAttempt attempt, String binaryId) {
        joining.executeWithoutResult(tx -> {
            ExportChunk chunk =
                    entityManager.find(ExportChunk.class, attempt.chunkId(), LockModeType.PESSIMISTIC_WRITE);
            ExportFile file = entityManager.find(ExportFile.class, binaryId);
            if (chunk == null
                    || chunk.attempt() != attempt.number()
                    || file == null
                    || file.state() != FileState.WRITING
                    || require(attempt.exportId()).state() != ExportState.RUNNING) {
                throw new SupersededAttemptException(attempt);
            }
            file.become(FileState.AVAILABLE);
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
     * Completes a running export: names its files, discards what was left over, and starts the retention.
     *
     * @param at the moment HAPI's job ended
     * @param retention how long the files live from then on
     */
    public void complete(String exportId, Instant at, Duration retention) {
        joining.executeWithoutResult(tx -> {
            Export export = locked(exportId);
            if (export.state() != ExportState.RUNNING) {
                return;
            }
            Map<String, Integer> numbers = new HashMap<>();
            for (ExportFile file : listedFiles(exportId)) {
                int number = numbers.merge(file.resourceType(), 1, Integer::sum);
                file.name(file.resourceType() + (number == 1 ? "" : "-" + number) + ".ndjson");
            }
            discardFiles(exportId, FileState.WRITING);
            export.complete(at, at.plus(retention));
        });
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

    /** Files whose content is to be erased: discarded, or of an export that has expired. */
    public List<ExportFile> findErasable(Instant now, int limit) {
        return resultOf(() -> entityManager
                .createQuery(
                        "select f from ExportFile f join fetch f.export e"
                                + " where f.state = org.hapibinary.catalog.FileState.DISCARDED"
                                + " or (f.state = org.hapibinary.catalog.FileState.AVAILABLE and e.expiresAt <= :now)"
                                + " order by f.lastModified, f.binaryId",
                        ExportFile.class)
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
