/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import com.google.common.collect.Lists;
import jakarta.persistence.EntityManager;
import jakarta.persistence.TypedQuery;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The exports and their files: look-ups and changes of state. Methods join the caller's transaction, so that a change
 * here commits together with HAPI's own, unless they say that they commit at once.
 */
public final class ExportCatalog {

    private static final int IDS_PER_QUERY = 100;

    private static final String ATTACHMENTS =
            """
            select a from Attachment a join fetch a.file f join fetch f.export e
            where a.key.binaryId = :binaryId and e.authorization.issuer = :issuer
                and e.authorization.clientId = :clientId and coalesce(e.authorization.user, '') = :user""";
    private static final String DOWNLOADABLE =
            " and e.state = 'COMPLETE' and e.expiresAt > :now and f.state = 'AVAILABLE'";
    private static final String COMPLETE_FIRST =
            " case when e.state = 'COMPLETE' and f.state <> 'DISCARDED' then 0 else 1 end,";
    private static final String LATEST = " e.expiresAt desc, f.lastModified desc, f.binaryId";

    private final CatalogDatabase database;
    private final EntityManager entityManager;
    private final ChunkRows chunks;
    private final ExportEnd ends;

    /** @param database the catalog's */
    public ExportCatalog(CatalogDatabase database) {
        this.database = database;
        this.entityManager = database.entityManager();
        this.chunks = new ChunkRows(database);
        this.ends = new ExportEnd(database, chunks);
    }

    /** Adds a running export. */
    public void add(Export export) {
        database.inTransaction(() -> {
            export.active(database.databaseNow());
            entityManager.persist(export);
        });
    }

    /** Records the id of the job that HAPI has created for an export. */
    public void assignJob(String exportId, String jobId) {
        database.inTransaction(() -> database.export(exportId).assignJob(jobId));
    }

    /** Finds the export of a HAPI job; empty if the job has none. */
    public Optional<Export> findByJob(String jobId) {
        return database.inTransaction(() -> entityManager
                .createQuery("select e from Export e where e.jobId = :jobId", Export.class)
                .setParameter("jobId", jobId)
                .getResultStream()
                .findFirst());
    }

    /** The running exports whose last heartbeat is longer ago than a time, by the database's clock; oldest first. */
    public List<Export> findStalled(Duration time) {
        return database.inTransaction(() -> entityManager
                .createQuery(
                        "select e from Export e where e.state = 'RUNNING'"
                                + " and e.activeAt < :moment order by e.startedAt",
                        Export.class)
                .setParameter("moment", database.databaseNow().minus(time))
                .getResultList());
    }

    /** Whether any export is running, on this server or another. */
    public boolean hasRunning() {
        return database.inTransaction(() -> !entityManager
                .createQuery("select e.id from Export e where e.state = 'RUNNING'", String.class)
                .setMaxResults(1)
                .getResultList()
                .isEmpty());
    }

    /** The running exports, the oldest first. */
    public List<Export> running() {
        return database.inTransaction(() -> entityManager
                .createQuery("select e from Export e where e.state = 'RUNNING'" + " order by e.startedAt", Export.class)
                .getResultList());
    }

    /** The ids of HAPI's jobs of the running exports, the oldest first. */
    public List<String> runningJobs() {
        return database.inTransaction(() -> entityManager
                .createQuery(
                        "select e.jobId from Export e where e.state = 'RUNNING'"
                                + " and e.jobId is not null order by e.startedAt",
                        String.class)
                .getResultList());
    }

    /**
     * Finds an export file in any state, and its export, in one query, without a transaction of its own: that saves the
     * round trip of a commit. Empty for an attachment.
     */
    public Optional<ExportFile> findFile(String binaryId) {
        return entityManager
                .createQuery(
                        "select f from ExportFile f join fetch f.export where f.binaryId = :binaryId", ExportFile.class)
                .setParameter("binaryId", binaryId)
                .getResultList()
                .stream()
                .findFirst();
    }

    /**
     * Finds a Binary among the attachments of a caller's own exports. Returns those that can be downloaded, the one
     * that expires last first. If there are none, returns the others, whose states say why they cannot be downloaded.
     *
     * @param user null unless the caller is a user
     * @param limit how many to return at most
     */
    public List<Attachment> findAttachments(
            String binaryId, String issuer, String clientId, @Nullable String user, int limit) {
        return database.inTransaction(() -> {
            List<Attachment> live = ofCaller(ATTACHMENTS + DOWNLOADABLE + " order by" + LATEST, issuer, clientId, user)
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

    /** Records the description of an attachment's content, so that it is hashed only once. Commits at once. */
    public void describe(Attachment attachment, Attachment.Content content) {
        database.inNewTransaction(() -> {
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
        return database.inTransaction(() -> !entityManager
                .createQuery("select a.key.fileId from Attachment a where a.key.binaryId = :binaryId", String.class)
                .setParameter("binaryId", binaryId)
                .setMaxResults(1)
                .getResultList()
                .isEmpty());
    }

    /**
     * The ids of all content that the store has, or may have, for these Binaries: that of all files that are not
     * erased.
     */
    public Set<String> contentOf(Collection<String> binaryIds) {
        return database.inTransaction(() -> {
            Set<String> found = new HashSet<>();
            for (List<String> some : Lists.partition(List.copyOf(binaryIds), IDS_PER_QUERY)) {
                entityManager
                        .createQuery(
                                "select f from ExportFile f where f.binaryId in :binaryIds"
                                        + " and f.state <> 'ERASED'",
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
        return database.inTransaction(() -> ends.listed(exportId));
    }

    /**
     * Claims a stalled export and commits at once. Of several servers exactly one succeeds.
     *
     * @return whether it was this one
     */
    public boolean claim(Export stalled) {
        return database.inNewTransaction(() -> entityManager
                        .createQuery("update Export e set e.activeAt = :now"
                                + " where e.id = :exportId and e.activeAt = :seen")
                        .setParameter("now", database.databaseNow())
                        .setParameter("exportId", stalled.id())
                        .setParameter("seen", stalled.activeAt())
                        .executeUpdate())
                == 1;
    }

    /** Whether an export exists and is running. */
    public boolean isRunning(String exportId) {
        return database.inTransaction(() -> database.isRunning(exportId));
    }

    /** Whether an export is running and all its chunks are finished. */
    public boolean isDone(String exportId) {
        return database.inTransaction(() -> database.export(exportId).state() == Export.State.RUNNING
                && chunks.unfinished(exportId).isEmpty());
    }

    /**
     * Completes a running export: names its files, discards unpublished ones, and starts the retention. It stays
     * RUNNING while a chunk is in progress or an issue is not yet in the error file. It fails if a chunk was never
     * begun, or is unfinished and stalled.
     *
     * @param at the moment HAPI's job ended
     * @param retention how long the files live from then on
     * @param stalledAfter how long after its last heartbeat a chunk counts as stalled
     * @param errors the error file, announced and written; null if there are no issues
     * @return whether this call completed it
     */
    public boolean complete(
            String exportId, Instant at, Duration retention, Duration stalledAfter, NewFile.@Nullable Written errors) {
        return ends.complete(exportId, at, retention, stalledAfter, errors);
    }

    /**
     * Ends a running export without a result.
     *
     * @param reason what the client is told; {@link ExportFailure#UNKNOWN} does not replace the last failure that an
     *     attempt has noted
     */
    public void fail(String exportId, ExportFailure reason) {
        ends.fail(exportId, reason);
    }

    /** Ends a running export that was cancelled in the engine. */
    public void cancel(String exportId) {
        ends.end(exportId, Export.State.DELETED, Export.State.RUNNING);
    }

    /** Ends an export in any state because its owner deletes it. Its status and files answer 404 from the commit on. */
    public void delete(String exportId) {
        ends.end(exportId, Export.State.DELETED, Export.State.RUNNING, Export.State.COMPLETE, Export.State.FAILED);
    }
}
