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
import java.util.stream.Collectors;

/**
 * Records HAPI's work on exports in the catalog: the chunks, and the files, attachments and issues that they produce.
 * Methods join the caller's transaction, so that a change here commits together with HAPI's own, unless they say that
 * they commit at once.
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
     * Starts a chunk and commits at once, unless the chunk is finished or in progress, or its export has ended.
     * Discards the files of earlier attempts, which can publish nothing from then on.
     *
     * @param repeatable whether the chunk may run again after an attempt that did not finish
     * @param stalledAfter how long after its last heartbeat a chunk counts as stalled
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
            heartbeat(exportId, now); // locks the export before its files, in the same order as ending it does
            files.discardOfChunk(chunkId);
            issueRows.deleteOfChunk(chunkId);
            ChunkAttempt attempt = chunk.start(now, server);
            return new ExportChunk.Start.Run(attempt, database.export(exportId));
        });
    }

    /** A random name of this process. Each chunk it runs records it. */
    public String server() {
        return server;
    }

    /**
     * Finishes an attempt and commits at once, before HAPI records its end. The chunk is never started again.
     *
     * @param handedOn how many chunks it has handed on, each of which must finish before the export can complete
     * @throws ChunkAttempt.SupersededException if the chunk has been started again since
     */
    public void finishChunk(ChunkAttempt attempt, int handedOn) {
        database.inNewTransaction(() -> database.lockedChunk(attempt).finish(handedOn));
    }

    /** As {@link #finishChunk}, for a chunk whose creator is not the {@link #isCurrent current} attempt. */
    public void finishUnusedChunk(ChunkAttempt attempt) {
        finishChunk(attempt, ExportChunk.UNUSED);
    }

    /**
     * Whether an attempt is the latest one of its chunk. The chunks that a superseded attempt has handed on must not be
     * used: the later attempt hands on its own.
     */
    public boolean isCurrent(ChunkAttempt attempt) {
        return database.inTransaction(() -> chunks.isCurrent(attempt));
    }

    /**
     * Checks an attempt before it hands a chunk on: HAPI might never run the chunk if another attempt has begun.
     *
     * @throws ChunkAttempt.SupersededException if the chunk has been started again since
     */
    public void requireCurrent(ChunkAttempt attempt) {
        if (!isCurrent(attempt)) {
            throw new ChunkAttempt.SupersededException(attempt);
        }
    }

    /** Which of these chunks are finished by the catalog, whether or not HAPI has recorded it. */
    public Set<String> finishedAmong(Collection<String> chunkIds) {
        return database.inTransaction(() -> chunks.finishedAmong(chunkIds));
    }

    /** The ids of an export's chunks whose last heartbeat is longer ago than a time, by the database's clock. */
    public List<String> stalledChunks(String exportId, Duration time) {
        return database.inTransaction(() -> chunks.stalled(exportId, time));
    }

    /** Whether any chunk of any export had a heartbeat within a time, by the database's clock. */
    public boolean isAnyoneAtWork(Duration time) {
        return database.inTransaction(() -> chunks.hasHeartbeatWithin(time));
    }

    /**
     * Ends an attempt and commits at once. Does nothing if the chunk has been started again since.
     *
     * @param done whether the chunk is finished, so that it is not run again
     * @param issues issues that belong to none of its files
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
     * Records a heartbeat of these attempts that have not ended, and commits at once, export by export: one that is
     * locked keeps no chunk of another from publishing. Locks an export's chunks, in a fixed order, before the export,
     * as {@link #publish} does, so that they do not deadlock.
     */
    public void heartbeat(Collection<ChunkAttempt> attempts) {
        attempts.stream()
                .sorted(Comparator.comparing(ChunkAttempt::chunkId))
                .collect(Collectors.groupingBy(ChunkAttempt::exportId))
                .forEach((exportId, inOrder) -> database.inNewTransaction(() -> heartbeat(exportId, inOrder)));
    }

    private void heartbeat(String exportId, List<ChunkAttempt> inOrder) {
        Instant now = database.databaseNow();
        long current = inOrder.stream()
                .filter(attempt -> chunks.heartbeat(attempt, now))
                .count();
        if (current > 0) {
            heartbeat(exportId, now);
        }
    }

    private void heartbeat(String exportId, Instant now) {
        entityManager
                .createQuery("update Export e set e.activeAt = :now where e.id = :exportId")
                .setParameter("now", now)
                .setParameter("exportId", exportId)
                .executeUpdate();
    }

    /**
     * Announces a file before its first byte is stored and commits at once, so that after a crash at any later point
     * the row tells the sweep what to erase.
     *
     * @throws Export.EndedException if the export is no longer running; the caller must not write the file then
     */
    public void announce(ChunkAttempt attempt, NewFile file) {
        database.inNewTransaction(() -> files.announce(attempt.exportId(), attempt.chunkId(), file));
    }

    /**
     * Announces the error file of an export and commits at once. {@link ExportCatalog#complete} publishes it.
     *
     * @throws Export.EndedException if the export is no longer running
     */
    public void announceErrorFile(String exportId, NewFile file) {
        database.inNewTransaction(() -> files.announce(exportId, null, file));
    }

    /**
     * Publishes an announced file with its attachments and issues when the caller's transaction commits. If the chunk
     * has been started again since, or the export has ended, this discards the file instead.
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
     * Adds attachments to an announced file and commits at once. Leaves those unchanged that the file has already.
     *
     * @return the version that the file has of each of these Binaries, by the Binary's id
     */
    public Map<String, String> addAttachments(String fileId, Collection<NewAttachment> attachments) {
        return database.inNewTransaction(() -> files.addAttachments(fileId, attachments));
    }

    /**
     * Which of these Binaries an export already has as attachments, and in which version.
     *
     * @return versions by the Binary's id, without an entry for a Binary that the export does not have
     */
    public Map<String, String> attachmentVersions(String exportId, Collection<String> binaryIds) {
        return database.inTransaction(() -> files.attachmentVersions(exportId, binaryIds));
    }

    /**
     * Discards a file that was not published and commits at once. If the sweep has already erased it, the sweep erases
     * it once more: its last bytes may have been stored since.
     */
    public void discard(String binaryId) {
        database.inNewTransaction(() -> files.discard(binaryId));
    }

    /** Whether an attempt's export has ended, so that it does not matter any more that the attempt has failed. */
    public boolean isOver(ChunkAttempt attempt) {
        return database.inTransaction(() -> !database.isRunning(attempt.exportId()));
    }

    /** Adds issues of an attempt and commits at once. Does nothing if it is superseded or its export has ended. */
    public void report(ChunkAttempt attempt, Collection<ExportIssue> issues) {
        database.inNewTransaction(() -> {
            if (chunks.lockIfCurrent(attempt) && database.isRunning(attempt.exportId())) {
                issueRows.add(attempt, issues);
            }
        });
    }

    /** Records why an attempt failed and commits at once. The client is told it if the export fails. */
    public void noteFailure(ChunkAttempt attempt, ExportFailure failure) {
        database.inNewTransaction(() -> entityManager
                .createQuery("update Export e set e.failureCode = :code, e.failure = :failure"
                        + " where e.id = :exportId and e.state = 'RUNNING'")
                .setParameter("code", failure.code())
                .setParameter("failure", failure.diagnostics())
                .setParameter("exportId", attempt.exportId())
                .executeUpdate());
    }

    /** Adds an issue to a running export; does nothing if the export has ended. */
    public void report(String exportId, ExportIssue issue) {
        database.inTransaction(() -> {
            if (database.isRunning(exportId)) {
                issueRows.add(exportId, issue);
            }
        });
    }

    /**
     * A page of an export's issues, in the order in which they were found.
     *
     * @param after the number of the last issue on the previous page; 0 for the first page
     * @param limit how many issues at most
     */
    public List<ExportIssue.Numbered> issues(String exportId, long after, int limit) {
        return database.inTransaction(() -> issueRows.page(exportId, after, limit));
    }
}
