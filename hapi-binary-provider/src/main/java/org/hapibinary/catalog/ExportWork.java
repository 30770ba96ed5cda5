/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import com.google.common.collect.Lists;
import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What HAPI's work on exports leaves in the catalog: chunks started and ended, and the files, attachments and issues
 * that come of them. Methods join the caller's transaction, so that a change here commits together with HAPI's own,
 * unless they say that they commit at once.
 */
public final class ExportWork {

    /** H2 compares each row it finds with all of them. */
    private static final int IDS_PER_QUERY = 100;

    private final CatalogDatabase database;
    private final EntityManager entityManager;
    private final String server = UUID.randomUUID().toString();

    /** @param database the catalog's */
    public ExportWork(CatalogDatabase database) {
        this.database = database;
        this.entityManager = database.entityManager();
    }

    /**
     * Starts a chunk, at once, unless it is done or in work, or its export has ended. Whatever an earlier attempt at it
     * has written is discarded, and that attempt can publish nothing more.
     *
     * @param repeatable whether the chunk may be run again after an attempt that came to nothing
     * @param stalledAfter after how long without a heartbeat the server at work on a chunk is considered stalled
     */
    public ExportChunk.Start beginChunk(String exportId, String chunkId, boolean repeatable, Duration stalledAfter) {
        return database.atOnce(() -> {
            if (!isRunning(exportId)) {
                return new ExportChunk.Start.Finished();
            }
            Instant now = database.databaseNow();
            ExportChunk chunk = entityManager.find(ExportChunk.class, chunkId, LockModeType.PESSIMISTIC_WRITE);
            if (chunk == null) {
                chunk = new ExportChunk(chunkId, exportId);
                entityManager.persist(chunk);
            } else if (chunk.isFinished()) {
                return new ExportChunk.Start.Finished();
            } else if (chunk.isInWorkSince(now.minus(stalledAfter))) {
                return new ExportChunk.Start.InWork();
            } else if (chunk.hasBeenStarted() && !repeatable) {
                return new ExportChunk.Start.Interrupted();
            }
            showActivity(exportId, now); // locks the export, which whoever ends it does before its files, too
            discardWorkOfChunk(chunkId);
            ChunkAttempt attempt = chunk.start(now, server);
            return new ExportChunk.Start.Run(attempt, database.export(exportId));
        });
    }

    /** A random name of this process, which is kept with the chunks that it runs. */
    public String server() {
        return server;
    }

    /**
     * Finishes an attempt, at once and before HAPI knows of it: from then on the chunk is never started again.
     *
     * @param handedOn how many chunks it has handed on: the export is not complete without them
     * @throws ChunkAttempt.SupersededException if the chunk has been started again since
     */
    public void finishChunk(ChunkAttempt attempt, int handedOn) {
        database.atOnce(() -> database.lockedChunk(attempt).finish(handedOn));
    }

    /** As {@link #finishChunk}, for one that was handed on by an attempt that is not {@link #isCurrent current}. */
    public void finishUnusedChunk(ChunkAttempt attempt) {
        finishChunk(attempt, ExportChunk.UNUSED);
    }

    /**
     * Whether what an attempt has handed on is to be used: not if the chunk was started again, and another attempt has
     * finished it.
     */
    public boolean isCurrent(ChunkAttempt attempt) {
        return database.joined(() -> {
            ExportChunk chunk = entityManager.find(ExportChunk.class, attempt.chunkId());
            return chunk != null && chunk.isCurrent(attempt);
        });
    }

    /**
     * To be asked before an attempt hands something on, which HAPI might never run if another attempt has begun.
     *
     * @throws ChunkAttempt.SupersededException if one has
     */
    public void requireCurrent(ChunkAttempt attempt) {
        if (!isCurrent(attempt)) {
            throw new ChunkAttempt.SupersededException(attempt);
        }
    }

    /** Those of some chunks that are finished, whatever HAPI knows. */
    public Set<String> finishedAmong(Collection<String> chunkIds) {
        return Set.copyOf(database.joined(() -> entityManager
                .createQuery("select c.id from ExportChunk c where c.id in :ids and c.finished = true", String.class)
                .setParameter("ids", chunkIds)
                .getResultList()));
    }

    /** The chunks of an export whose server has not shown a heartbeat for a time, by the database's clock. */
    public List<String> stalledChunks(String exportId, Duration time) {
        return database.joined(() -> entityManager
                .createQuery(
                        "select c.id from ExportChunk c where c.exportId = :exportId and c.finished = false"
                                + " and c.activeAt < :moment",
                        String.class)
                .setParameter("exportId", exportId)
                .setParameter("moment", database.databaseNow().minus(time))
                .getResultList());
    }

    /** Whether any server has been at work on any chunk within a time, by the database's clock. */
    public boolean isAnyoneAtWork(Duration time) {
        return database.joined(() -> !entityManager
                .createQuery("select c.id from ExportChunk c where c.activeAt >= :moment", String.class)
                .setParameter("moment", database.databaseNow().minus(time))
                .setMaxResults(1)
                .getResultList()
                .isEmpty());
    }

    private void discardWorkOfChunk(String chunkId) {
        entityManager
                .createQuery("update ExportFile f set f.state = DISCARDED, f.dueAt = :now"
                        + " where f.chunkId = :chunkId and f.state in"
                        + " (WRITING,"
                        + " AVAILABLE)")
                .setParameter("now", database.now())
                .setParameter("chunkId", chunkId)
                .executeUpdate();
        entityManager
                .createQuery("delete from IssueRow i where i.chunkId = :chunkId")
                .setParameter("chunkId", chunkId)
                .executeUpdate();
    }

    /**
     * Ends an attempt, at once. Does nothing if the chunk has been started again since.
     *
     * @param done whether the chunk need not be run again
     * @param issues that were found and belong to none of its files
     */
    public void endChunk(ChunkAttempt attempt, boolean done, Collection<ExportIssue> issues) {
        database.atOnce(() -> {
            ExportChunk chunk = locked(attempt);
            if (chunk != null && chunk.isCurrent(attempt)) {
                chunk.end(done || chunk.isFinished());
                if (isRunning(attempt.exportId())) {
                    persist(attempt, issues);
                }
            }
        });
    }

    /**
     * Records, at once, that a server is at work on these attempts. Two servers that are at work on the same exports
     * change their rows in the same order.
     */
    public void showActivity(Collection<ChunkAttempt> attempts) {
        List<ChunkAttempt> inOrder = attempts.stream()
                .sorted(Comparator.comparing(ChunkAttempt::exportId).thenComparing(ChunkAttempt::chunkId))
                .toList();
        database.atOnce(() -> {
            Instant now = database.databaseNow();
            for (ChunkAttempt attempt : inOrder) {
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
     * Announces a file, at once and before its first byte is stored, so that a crash at any later point leaves a row
     * that tells the sweep what to erase.
     *
     * @throws ExportEndedException if the export is not running any more; nothing is to be written for it then
     */
    public void announce(ChunkAttempt attempt, NewFile file) {
        announce(attempt.exportId(), attempt.chunkId(), file);
    }

    /**
     * Announces the error file of an export, at once. It becomes part of the export with its completion.
     *
     * @throws ExportEndedException if the export is not running any more
     */
    public void announceErrorFile(String exportId, NewFile file) {
        announce(exportId, null, file);
    }

    private void announce(String exportId, @Nullable String chunkId, NewFile file) {
        database.atOnce(() -> {
            database.store(exportId, 0); // locks the export: whoever ends it does not miss the file
            Export export = database.export(exportId);
            if (export.state() != Export.State.RUNNING) {
                throw new ExportEndedException(exportId);
            }
            entityManager.persist(new ExportFile(export, chunkId, file, database.now()));
        });
    }

    /**
     * Makes an announced file part of its export when the caller's transaction commits, together with what its
     * resources refer to and what there is to say of them. If the chunk has been started again since, or the export has
     * ended, the file is discarded instead.
     */
    public void publish(
            ChunkAttempt attempt,
            NewFile.Written written,
            Collection<NewAttachment> attachments,
            Collection<ExportIssue> issues) {
        database.join(() -> {
            ExportChunk chunk = locked(attempt);
            database.store(
                    attempt.exportId(), written.storedBytes()); // locks the export before its file, as its end does
            ExportFile file = entityManager.find(ExportFile.class, written.binaryId(), LockModeType.PESSIMISTIC_WRITE);
            if (file != null && file.state() == ExportFile.State.WRITING) {
                file.written(written);
                if (chunk != null && chunk.isCurrent(attempt) && isRunning(attempt.exportId())) {
                    file.publish();
                    attachments.forEach(attachment -> entityManager.persist(new Attachment(file, attachment)));
                    persist(attempt, issues);
                } else {
                    file.discard(database.now());
                }
            } else {
                database.store(attempt.exportId(), -written.storedBytes());
                if (file != null && file.state() == ExportFile.State.ERASED) {
                    file.discard(database.now()); // the sweep was here before the last byte was
                }
            }
        });
    }

    /**
     * Adds, at once, what the resources of an announced file refer to; what the file has already is left as it is.
     *
     * @return the version of each of these Binaries that the file has
     */
    public Map<String, String> addAttachments(String fileId, Collection<NewAttachment> attachments) {
        return database.atOnce(() -> {
            Map<String, String> versions = new HashMap<>();
            List<String> wanted =
                    attachments.stream().map(NewAttachment::binaryId).toList();
            entityManager
                    .createQuery(
                            "select a.key.binaryId, a.versionId from Attachment a"
                                    + " where a.key.fileId = :fileId and a.key.binaryId in :wanted",
                            Object[].class)
                    .setParameter("fileId", fileId)
                    .setParameter("wanted", wanted)
                    .getResultList()
                    .forEach(row -> versions.put((String) row[0], (String) row[1]));
            ExportFile file = entityManager.getReference(ExportFile.class, fileId);
            for (NewAttachment attachment : attachments) {
                if (versions.putIfAbsent(attachment.binaryId(), attachment.versionId()) == null) {
                    entityManager.persist(new Attachment(file, attachment));
                }
            }
            return versions;
        });
    }

    /**
     * The versions in which an export has some Binaries of the record already; those that it does not have are left
     * out.
     */
    public Map<String, String> attachmentVersions(String exportId, Collection<String> binaryIds) {
        return database.joined(() -> {
            Map<String, String> versions = new HashMap<>();
            for (List<String> some : Lists.partition(List.copyOf(binaryIds), IDS_PER_QUERY)) {
                entityManager
                        .createQuery(
                                "select a.key.binaryId, a.versionId from Attachment a join a.file f"
                                        + " where a.key.binaryId in :some and f.export.id = :exportId"
                                        + " and f.state not in (DISCARDED,"
                                        + " ERASED)",
                                Object[].class)
                        .setParameter("some", some)
                        .setParameter("exportId", exportId)
                        .getResultList()
                        .forEach(row -> versions.putIfAbsent((String) row[0], (String) row[1]));
            }
            return versions;
        });
    }

    /** Adds, at once, to what there is to say of what an attempt has exported. */
    public void report(ChunkAttempt attempt, Collection<ExportIssue> issues) {
        database.atOnce(() -> {
            ExportChunk chunk = locked(attempt);
            if (chunk != null && chunk.isCurrent(attempt) && isRunning(attempt.exportId())) {
                persist(attempt, issues);
            }
        });
    }

    /**
     * Gives up a file that did not become part of its export, at once. If it has been erased already, it is erased once
     * more: its last bytes may have been stored since.
     */
    public void discard(String binaryId) {
        database.atOnce(() -> {
            ExportFile file = entityManager.find(ExportFile.class, binaryId, LockModeType.PESSIMISTIC_WRITE);
            if (file != null && file.state() != ExportFile.State.AVAILABLE) {
                file.discard(database.now());
            }
        });
    }

    /** Notes, at once, what an attempt has failed of: what the client is told if the export fails. */
    public void noteFailure(ChunkAttempt attempt, ExportFailure failure) {
        database.atOnce(() -> entityManager
                .createQuery("update Export e set e.failureCode = :code, e.failure = :failure"
                        + " where e.id = :exportId and e.state = RUNNING")
                .setParameter("code", failure.code())
                .setParameter("failure", failure.diagnostics())
                .setParameter("exportId", attempt.exportId())
                .executeUpdate());
    }

    /** Adds to what is to be said of a running export; does nothing if it has ended. */
    public void report(String exportId, ExportIssue issue) {
        database.join(() -> {
            if (isRunning(exportId)) {
                entityManager.persist(new IssueRow(exportId, null, issue));
            }
        });
    }

    /**
     * What there is to say of an export, in the order in which it was found.
     *
     * @param after the last one of the page before; 0 for the first page
     */
    public List<ExportIssue.Numbered> issues(String exportId, long after, int limit) {
        return database.joined(() -> entityManager
                .createQuery(
                        "select i from IssueRow i where i.exportId = :exportId and i.id > :after order by i.id",
                        IssueRow.class)
                .setParameter("exportId", exportId)
                .setParameter("after", after)
                .setMaxResults(limit)
                .getResultStream()
                .map(IssueRow::toIssue)
                .toList());
    }

    private void persist(ChunkAttempt attempt, Collection<ExportIssue> issues) {
        issues.forEach(issue -> entityManager.persist(new IssueRow(attempt.exportId(), attempt.chunkId(), issue)));
    }

    private boolean isRunning(String exportId) {
        return database.isIn(exportId, Set.of(Export.State.RUNNING));
    }

    private @Nullable ExportChunk locked(ChunkAttempt attempt) {
        return entityManager.find(ExportChunk.class, attempt.chunkId(), LockModeType.PESSIMISTIC_WRITE);
    }
}
