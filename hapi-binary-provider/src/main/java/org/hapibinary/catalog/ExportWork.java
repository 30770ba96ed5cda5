/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import jakarta.persistence.EntityManager;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * What HAPI's work on exports leaves in the catalog: chunks started and ended, and the files, attachments and issues
 * that come of them. Methods join the caller's transaction, so that a change here commits together with HAPI's own,
 * unless they say that they commit at once.
 */
public final class ExportWork {

    private final CatalogDatabase database;
    private final EntityManager entityManager;
    private final ChunkRows chunks;
    private final FileRows files;
    private final IssueRows issueRows;
    private final String server = UUID.randomUUID().toString();

    /** @param database the catalog's */
    public ExportWork(CatalogDatabase database) {
        this.database = database;
        this.entityManager = database.entityManager();
        this.chunks = new ChunkRows(database);
        this.files = new FileRows(database);
        this.issueRows = new IssueRows(database);
    }

    /**
     * Starts a chunk, at once, unless it is done or in work, or its export has ended. Whatever an earlier attempt at it
     * has written is discarded, and that attempt can publish nothing more.
     *
     * @param repeatable whether the chunk may be run again after an attempt that came to nothing
     * @param stalledAfter after how long without a heartbeat the server at work on a chunk is considered stalled
     */
    public ExportChunk.Start beginChunk(String exportId, String chunkId, boolean repeatable, Duration stalledAfter) {
        return database.inNewTransaction(() -> {
            if (!database.isRunning(exportId)) {
                return new ExportChunk.Start.Finished();
            }
            Instant now = database.databaseNow();
            ExportChunk chunk = chunks.locked(chunkId);
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
            heartbeat(exportId, now); // locks the export, which whoever ends it does before its files, too
            files.discardOfChunk(chunkId);
            issueRows.deleteOfChunk(chunkId);
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
        database.inNewTransaction(() -> database.lockedChunk(attempt).finish(handedOn));
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
        return database.inTransaction(() -> chunks.isCurrent(attempt));
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
        return database.inTransaction(() -> chunks.finishedAmong(chunkIds));
    }

    /** The chunks of an export whose server has not shown a heartbeat for a time, by the database's clock. */
    public List<String> stalledChunks(String exportId, Duration time) {
        return database.inTransaction(() -> chunks.stalled(exportId, time));
    }

    /** Whether any server has been at work on any chunk within a time, by the database's clock. */
    public boolean isAnyoneAtWork(Duration time) {
        return database.inTransaction(() -> chunks.hasHeartbeatWithin(time));
    }

    /**
     * Ends an attempt, at once. Does nothing if the chunk has been started again since.
     *
     * @param done whether the chunk need not be run again
     * @param issues that were found and belong to none of its files
     */
    public void endChunk(ChunkAttempt attempt, boolean done, Collection<ExportIssue> issues) {
        database.inNewTransaction(() -> {
            ExportChunk chunk = chunks.locked(attempt.chunkId());
            if (chunk != null && chunk.isCurrent(attempt)) {
                chunk.end(done || chunk.isFinished());
                if (database.isRunning(attempt.exportId())) {
                    issueRows.add(attempt, issues);
                }
            }
        });
    }

    /**
     * Records, at once, that a server is at work on these attempts. Two servers that are at work on the same exports
     * change their rows in the same order.
     */
    public void heartbeat(Collection<ChunkAttempt> attempts) {
        List<ChunkAttempt> inOrder = attempts.stream()
                .sorted(Comparator.comparing(ChunkAttempt::exportId).thenComparing(ChunkAttempt::chunkId))
                .toList();
        database.inNewTransaction(() -> {
            Instant now = database.databaseNow();
            for (ChunkAttempt attempt : inOrder) {
                if (chunks.heartbeat(attempt, now)) {
                    heartbeat(attempt.exportId(), now);
                }
            }
        });
    }

    private void heartbeat(String exportId, Instant now) {
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
     * @throws Export.EndedException if the export is not running any more; nothing is to be written for it then
     */
    public void announce(ChunkAttempt attempt, NewFile file) {
        database.inNewTransaction(() -> files.announce(attempt.exportId(), attempt.chunkId(), file));
    }

    /**
     * Announces the error file of an export, at once. It becomes part of the export with its completion.
     *
     * @throws Export.EndedException if the export is not running any more
     */
    public void announceErrorFile(String exportId, NewFile file) {
        database.inNewTransaction(() -> files.announce(exportId, null, file));
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
        database.inTransaction(() -> {
            boolean isCurrent = chunks.lockIfCurrent(attempt);
            if (files.written(attempt.exportId(), written, attachments, isCurrent)) {
                issueRows.add(attempt, issues);
            }
        });
    }

    /**
     * Adds, at once, what the resources of an announced file refer to; what the file has already is left as it is.
     *
     * @return the version of each of these Binaries that the file has
     */
    public Map<String, String> addAttachments(String fileId, Collection<NewAttachment> attachments) {
        return database.inNewTransaction(() -> files.addAttachments(fileId, attachments));
    }

    /**
     * The versions in which an export has some Binaries of the record already; those that it does not have are left
     * out.
     */
    public Map<String, String> attachmentVersions(String exportId, Collection<String> binaryIds) {
        return database.inTransaction(() -> files.attachmentVersions(exportId, binaryIds));
    }

    /**
     * Gives up a file that did not become part of its export, at once. If it has been erased already, it is erased once
     * more: its last bytes may have been stored since.
     */
    public void discard(String binaryId) {
        database.inNewTransaction(() -> files.discard(binaryId));
    }

    /** Adds, at once, to what there is to say of what an attempt has exported. */
    public void report(ChunkAttempt attempt, Collection<ExportIssue> issues) {
        database.inNewTransaction(() -> {
            if (chunks.lockIfCurrent(attempt) && database.isRunning(attempt.exportId())) {
                issueRows.add(attempt, issues);
            }
        });
    }

    /** Notes, at once, what an attempt has failed of: what the client is told if the export fails. */
    public void noteFailure(ChunkAttempt attempt, ExportFailure failure) {
        database.inNewTransaction(() -> entityManager
                .createQuery("update Export e set e.failureCode = :code, e.failure = :failure"
                        + " where e.id = :exportId and e.state = RUNNING")
                .setParameter("code", failure.code())
                .setParameter("failure", failure.diagnostics())
                .setParameter("exportId", attempt.exportId())
                .executeUpdate());
    }

    /** Adds to what is to be said of a running export; does nothing if it has ended. */
    public void report(String exportId, ExportIssue issue) {
        database.inTransaction(() -> {
            if (database.isRunning(exportId)) {
                issueRows.add(exportId, issue);
            }
        });
    }

    /**
     * What there is to say of an export, in the order in which it was found.
     *
     * @param after the last one of the page before; 0 for the first page
     */
    public List<ExportIssue.Numbered> issues(String exportId, long after, int limit) {
        return database.inTransaction(() -> issueRows.page(exportId, after, limit));
    }
}
