/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import com.google.common.collect.Lists;
import jakarta.persistence.EntityManager;
import jakarta.persistence.TypedQuery;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/**
 * The exports and their files: look-ups and changes of state. Methods join the caller's transaction, so that a change
 * here commits together with HAPI's own, unless they say that they commit at once.
 */
public class ExportCatalog {

    private static final int IDS_PER_QUERY = 100;

    private static final String NAME = "update HBP_EXPORT_FILE set FILE_NAME = ?, DUE_AT = ? where BINARY_ID = ?";

    private static final String LISTED = "f.export.id = :exportId and f.state = AVAILABLE";

    private static final String ATTACHMENTS = "select a from Attachment a join fetch a.file f join fetch f.export e"
            + " where a.key.binaryId = :binaryId and e.authorization.issuer = :issuer"
            + " and e.authorization.clientId = :clientId and coalesce(e.authorization.user, '') = :user";
    private static final String TO_BE_HAD =
            " and e.state = COMPLETE" + " and e.expiresAt > :now and f.state = AVAILABLE";
    private static final String COMPLETE_FIRST =
            " case when e.state = COMPLETE" + " and f.state <> DISCARDED then 0 else 1 end,";
    private static final String LATEST = " e.expiresAt desc, f.lastModified desc, f.binaryId";

    private final CatalogDatabase database;
    private final EntityManager entityManager;

    /** @param database the catalog's */
    public ExportCatalog(CatalogDatabase database) {
        this.database = database;
        this.entityManager = database.entityManager();
    }

    /** Adds a running export. */
    public void add(Export export) {
        database.join(() -> {
            export.active(database.databaseNow());
            entityManager.persist(export);
        });
    }

    /** Ties an export to the job HAPI has made for it. */
    public void assignJob(String exportId, String jobId) {
        database.join(() -> database.export(exportId).assignJob(jobId));
    }

    /** The export of a HAPI job. */
    public Optional<Export> findByJob(String jobId) {
        return database.joined(() -> entityManager
                .createQuery("select e from Export e where e.jobId = :jobId", Export.class)
                .setParameter("jobId", jobId)
                .getResultStream()
                .findFirst());
    }

    /** The running exports on which no server has been at work for a time, by the database's clock. */
    public List<Export> findQuiet(Duration time) {
        return database.joined(() -> entityManager
                .createQuery(
                        "select e from Export e where e.state = RUNNING"
                                + " and e.activeAt < :moment order by e.startedAt",
                        Export.class)
                .setParameter("moment", database.databaseNow().minus(time))
                .getResultList());
    }

    /** Whether any export is running, on whatever server. */
    public boolean hasRunning() {
        return database.joined(() -> !entityManager
                .createQuery("select e.id from Export e where e.state = RUNNING", String.class)
                .setMaxResults(1)
                .getResultList()
                .isEmpty());
    }

    /** The running exports, the oldest first. */
    public List<Export> running() {
        return database.joined(() -> entityManager
                .createQuery("select e from Export e where e.state = RUNNING" + " order by e.startedAt", Export.class)
                .getResultList());
    }

    /** The ids of HAPI's jobs of the running exports, of the oldest first. */
    public List<String> runningJobs() {
        return database.joined(() -> entityManager
                .createQuery(
                        "select e.jobId from Export e where e.state = RUNNING"
                                + " and e.jobId is not null order by e.startedAt",
                        String.class)
                .getResultList());
    }

    /** An export file, in whatever state, together with its export, in one query. Attachments are none. */
    public Optional<ExportFile> findFile(String binaryId) {
        return database.joined(() -> entityManager
                .createQuery(
                        "select f from ExportFile f join fetch f.export where f.binaryId = :binaryId", ExportFile.class)
                .setParameter("binaryId", binaryId)
                .getResultStream()
                .findFirst());
    }

    /**
     * The files of a caller's own exports with resources that refer to a Binary, as attachments. Those that can be
     * downloaded come first, the one that expires last before all others; if there is none, those that say why not.
     *
     * @param user null unless the caller is a user
     * @param limit of how many to return at most
     */
    public List<Attachment> findAttachments(
            String binaryId, String issuer, String clientId, @Nullable String user, int limit) {
        return database.joined(() -> {
            List<Attachment> live = ofCaller(ATTACHMENTS + TO_BE_HAD + " order by" + LATEST, issuer, clientId, user)
                    .setParameter("binaryId", binaryId)
                    .setParameter("now", database.now())
                    .setMaxResults(limit)
                    .getResultList();
            return live.isEmpty()
                    ? ofCaller(ATTACHMENTS + " order by" + COMPLETE_FIRST + LATEST, issuer, clientId, user)
                            .setParameter("binaryId", binaryId)
                            .setMaxResults(limit)
                            .getResultList()
                    : live;
        });
    }

    private TypedQuery<Attachment> ofCaller(String query, String issuer, String clientId, @Nullable String user) {
        return entityManager
                .createQuery(query, Attachment.class)
                .setParameter("issuer", issuer)
                .setParameter("clientId", clientId)
                .setParameter("user", user == null ? "" : user);
    }

    /** Keeps, at once, what an attachment holds, so that it is read and hashed once. */
    public void describe(Attachment attachment, Attachment.Content content) {
        database.atOnce(() -> {
            entityManager
                    .createQuery("update Attachment a set a.contentType = :contentType, a.contentSize = :size,"
                            + " a.sha256 = :sha256, a.lastModified = :lastModified"
                            + " where a.key.binaryId = :binaryId and a.key.fileId = :fileId")
                    .setParameter("contentType", content.contentType())
                    .setParameter("size", content.size())
                    .setParameter("sha256", content.sha256())
                    .setParameter("lastModified", content.lastModified())
                    .setParameter("binaryId", attachment.binaryId())
                    .setParameter("fileId", attachment.file().binaryId())
                    .executeUpdate();
        });
    }

    /** Whether a resource in a file of any export refers to a Binary. */
    public boolean isAttachment(String binaryId) {
        return database.joined(() -> !entityManager
                .createQuery("select a.key.fileId from Attachment a where a.key.binaryId = :binaryId", String.class)
                .setParameter("binaryId", binaryId)
                .setMaxResults(1)
                .getResultList()
                .isEmpty());
    }

    /**
     * The ids of all content that the files of some Binaries still have, or may have, in the store: all but erased
     * ones.
     */
    public Set<String> contentOf(Collection<String> binaryIds) {
        return database.joined(() -> {
            Set<String> found = new HashSet<>();
            for (List<String> some : Lists.partition(List.copyOf(binaryIds), IDS_PER_QUERY)) {
                entityManager
                        .createQuery(
                                "select f from ExportFile f where f.binaryId in :binaryIds" + " and f.state <> ERASED",
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
        return database.joined(() -> entityManager
                .createQuery(
                        "select f from ExportFile f where " + LISTED
                                + " order by f.resourceType, f.lastModified, f.binaryId",
                        ExportFile.class)
                .setParameter("exportId", exportId)
                .getResultList());
    }

    /**
     * Takes it on oneself, at once, to look after an export that has been quiet; of several servers one succeeds.
     *
     * @return whether it was this one
     */
    public boolean claim(Export quiet) {
        return database.atOnce(() -> entityManager
                        .createQuery("update Export e set e.activeAt = :now"
                                + " where e.id = :exportId and e.activeAt = :seen")
                        .setParameter("now", database.databaseNow())
                        .setParameter("exportId", quiet.id())
                        .setParameter("seen", quiet.activeAt())
                        .executeUpdate())
                == 1;
    }

    /** Whether an export is there and running. */
    public boolean isRunning(String exportId) {
        return database.joined(() -> database.isIn(exportId, Set.of(Export.State.RUNNING)));
    }

    /** Whether a running export has no chunk that is unfinished. */
    public boolean isDone(String exportId) {
        return database.joined(() -> database.export(exportId).state() == Export.State.RUNNING
                && unfinishedChunks(exportId).isEmpty());
    }

    /**
     * Completes a running export: names its files, discards what was left over, and starts the retention. It stays
     * running as long as a server is at work on a chunk of it, and if there is more to say of it than its error file
     * says; if a chunk was left unfinished, or was never begun, it fails.
     *
     * @param at the moment HAPI's job ended
     * @param retention how long the files live from then on
     * @param stalledAfter after how long without a heartbeat the server at work on a chunk is considered stalled
     * @param errors the error file that was announced and written for it; null if there is nothing to say
     * @return whether it was completed here
     */
    public boolean complete(
            String exportId, Instant at, Duration retention, Duration stalledAfter, NewFile.@Nullable Written errors) {
        return database.joined(() -> {
            Export export = lockedIfIn(exportId, Set.of(Export.State.RUNNING)).orElse(null);
            if (export == null) {
                return false;
            }
            List<ExportChunk> unfinished = unfinishedChunks(exportId);
            if (unfinished.isEmpty()) {
                if (!isWhole(exportId)) {
                    fail(exportId, ExportFailure.NOT_WHOLE);
                    return false;
                }
                boolean allSaid = issues(exportId) == (errors == null ? 0 : errors.lineCount());
                if (allSaid) {
                    publish(export, errors);
                    nameFiles(exportId, at.plus(retention).plus(Export.GRACE));
                    discardFiles(exportId, ExportFile.State.WRITING);
                    export.complete(at, at.plus(retention));
                }
                return allSaid;
            }
            Instant stalled = database.databaseNow().minus(stalledAfter);
            if (unfinished.stream().noneMatch(chunk -> chunk.isInWorkSince(stalled))) {
                fail(exportId, ExportFailure.SERVER_STOPPED);
            }
            return false;
        });
    }

    /**
     * Locks an export for a change of its state. What has ended is not even waited for: HAPI calls with locks of its
     * own, for which whoever erases an export may be waiting.
     */
    private Optional<Export> lockedIfIn(String exportId, Set<Export.State> states) {
        return database.isIn(exportId, states)
                ? Optional.of(database.lockedExport(exportId)).filter(export -> states.contains(export.state()))
                : Optional.empty();
    }

    private long issues(String exportId) {
        return entityManager
                .createQuery("select count(i) from IssueRow i where i.exportId = :exportId", Long.class)
                .setParameter("exportId", exportId)
                .getSingleResult();
    }

    private List<ExportChunk> unfinishedChunks(String exportId) {
        return entityManager
                .createQuery(
                        "select c from ExportChunk c where c.exportId = :exportId and c.finished = false",
                        ExportChunk.class)
                .setParameter("exportId", exportId)
                .getResultList();
    }

    private void publish(Export export, NewFile.@Nullable Written errors) {
        ExportFile file = errors == null ? null : entityManager.find(ExportFile.class, errors.binaryId());
        if (errors != null && file != null && file.state() == ExportFile.State.WRITING) {
            file.written(errors);
            file.publish();
            export.store(errors.storedBytes());
        }
    }

    /** In batches of JDBC: Hibernate sends updates of rows of which only some columns are written one by one. */
    private void nameFiles(String exportId, Instant due) {
        entityManager.flush();
        List<ExportFile> files = listedFiles(exportId);
        Map<String, Integer> numbers = new HashMap<>();
        entityManager.unwrap(Session.class).doWork(connection -> {
            try (PreparedStatement update = connection.prepareStatement(NAME)) {
                for (List<ExportFile> some : Lists.partition(files, IDS_PER_QUERY)) {
                    for (ExportFile file : some) {
                        String name = file.resourceType() + (file.kind() == ExportFile.Kind.DELETED ? ".deleted" : "");
                        int number = numbers.merge(name, 1, Integer::sum);
                        update.setString(1, name + (number == 1 ? "" : "-" + number) + ".ndjson");
                        update.setObject(2, due.atOffset(ZoneOffset.UTC));
                        update.setString(3, file.binaryId());
                        update.addBatch();
                    }
                    update.executeBatch();
                }
            }
        });
        files.forEach(entityManager::detach);
    }

    /**
     * Ends a running export without a result.
     *
     * @param reason what the client is told; if it is unknown, what an attempt has noted at last
     */
    public void fail(String exportId, ExportFailure reason) {
        database.join(() -> lockedIfIn(exportId, Set.of(Export.State.RUNNING)).ifPresent(export -> {
            if (export.failure().isEmpty() || !reason.equals(ExportFailure.UNKNOWN)) {
                export.noteFailure(reason);
            }
            end(exportId, Export.State.FAILED, Export.State.RUNNING);
        }));
    }

    /** Ends a running export that was cancelled in the engine. */
    public void cancel(String exportId) {
        end(exportId, Export.State.DELETED, Export.State.RUNNING);
    }

    /** Ends an export in any state at its owner's wish; its status and files answer 404 from the commit on. */
    public void delete(String exportId) {
        end(exportId, Export.State.DELETED, Export.State.RUNNING, Export.State.COMPLETE, Export.State.FAILED);
    }

    private void end(String exportId, Export.State state, Export.State... from) {
        database.join(() -> lockedIfIn(exportId, Set.of(from)).ifPresent(export -> {
            discardFiles(exportId, ExportFile.State.WRITING);
            discardFiles(exportId, ExportFile.State.AVAILABLE);
            export.end(state, database.now());
        }));
    }

    /**
     * Whether each chunk that was handed on has been finished, beside the first one. Chunks of other jobs than the
     * plugin's do not say, nor do those that a server of an earlier version has run.
     */
    private boolean isWhole(String exportId) {
        Object[] sums = entityManager
                .createQuery(
                        "select count(c), count(c.handedOn), sum(case when c.handedOn >= 0 then 1 else 0 end),"
                                + " sum(case when c.handedOn > 0 then c.handedOn else 0 end)"
                                + " from ExportChunk c where c.exportId = :exportId",
                        Object[].class)
                .setParameter("exportId", exportId)
                .getSingleResult();
        long chunks = ((Number) sums[0]).longValue();
        if (chunks == 0 || ((Number) sums[1]).longValue() < chunks) {
            return true;
        }
        return ((Number) sums[2]).longValue() == 1 + ((Number) sums[3]).longValue();
    }

    private void discardFiles(String exportId, ExportFile.State from) {
        entityManager
                .createQuery("update ExportFile f set f.state = DISCARDED, f.dueAt = :now"
                        + " where f.export.id = :exportId and (f.state = :from or f.dueAt is null"
                        + " and f.state = DISCARDED)")
                .setParameter("exportId", exportId)
                .setParameter("from", from)
                .setParameter("now", database.now())
                .executeUpdate();
    }
}
