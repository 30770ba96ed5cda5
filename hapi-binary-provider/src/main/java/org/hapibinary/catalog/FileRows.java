/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import com.google.common.collect.Lists;
import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rows of files that the work on exports writes, and of the attachments that these refer to; each method works in
 * the caller's transaction.
 */
final class FileRows {

    /** H2 compares each row it finds with all of them. */
    private static final int IDS_PER_QUERY = 100;

    private final CatalogDatabase database;
    private final EntityManager entityManager;

    FileRows(CatalogDatabase database) {
        this.database = database;
        this.entityManager = database.entityManager();
    }

    /**
     * Adds a file of which nothing is stored yet.
     *
     * @param chunkId null for an error file
     */
    void announce(String exportId, @Nullable String chunkId, NewFile file) {
        database.store(exportId, 0); // locks the export: whoever ends it does not miss the file
        Export export = database.export(exportId);
        if (export.state() != Export.State.RUNNING) {
            throw new Export.EndedException(exportId);
        }
        entityManager.persist(new ExportFile(export, chunkId, file, database.now()));
    }

    /**
     * Records that all bytes of a file are stored, and publishes it with its attachments, or discards it.
     *
     * @param isCurrent whether the attempt that has written it is the latest one
     * @return whether it was published
     */
    boolean written(
            String exportId, NewFile.Written written, Collection<NewAttachment> attachments, boolean isCurrent) {
        // locks the export before its file, as its end does
        database.store(exportId, written.storedBytes());
        ExportFile file = entityManager.find(ExportFile.class, written.binaryId(), LockModeType.PESSIMISTIC_WRITE);
        if (file == null || file.state() != ExportFile.State.WRITING) {
            database.store(exportId, -written.storedBytes());
            if (file != null && file.state() == ExportFile.State.ERASED) {
                file.discard(database.now()); // the sweep was here before the last byte was
            }
            return false;
        }
        file.written(written);
        if (!isCurrent || !database.isRunning(exportId)) {
            file.discard(database.now());
            return false;
        }
        file.publish();
        attachments.forEach(attachment -> entityManager.persist(new Attachment(file, attachment)));
        return true;
    }

    void discard(String binaryId) {
        ExportFile file = entityManager.find(ExportFile.class, binaryId, LockModeType.PESSIMISTIC_WRITE);
        if (file != null && file.state() != ExportFile.State.AVAILABLE) {
            file.discard(database.now());
        }
    }

    void discardOfChunk(String chunkId) {
        entityManager
                .createQuery(
                        """
                        update ExportFile f set f.state = DISCARDED, f.dueAt = :now
                        where f.chunkId = :chunkId and f.state in (WRITING, AVAILABLE)""")
                .setParameter("now", database.now())
                .setParameter("chunkId", chunkId)
                .executeUpdate();
    }

    /** Adds the attachments that a file does not have yet. Returns the version of each that it has then. */
    Map<String, String> addAttachments(String fileId, Collection<NewAttachment> attachments) {
        Map<String, String> versions = new HashMap<>();
        entityManager
                .createQuery(
                        """
                        select a.key.binaryId, a.versionId from Attachment a
                        where a.key.fileId = :fileId and a.key.binaryId in :wanted""",
                        Object[].class)
                .setParameter("fileId", fileId)
                .setParameter(
                        "wanted",
                        attachments.stream().map(NewAttachment::binaryId).toList())
                .getResultList()
                .forEach(row -> versions.put((String) row[0], (String) row[1]));
        ExportFile file = entityManager.getReference(ExportFile.class, fileId);
        for (NewAttachment attachment : attachments) {
            if (versions.putIfAbsent(attachment.binaryId(), attachment.versionId()) == null) {
                entityManager.persist(new Attachment(file, attachment));
            }
        }
        return versions;
    }

    /** The versions in which an export has some Binaries; those that it does not have are left out. */
    Map<String, String> attachmentVersions(String exportId, Collection<String> binaryIds) {
        Map<String, String> versions = new HashMap<>();
        for (List<String> some : Lists.partition(List.copyOf(binaryIds), IDS_PER_QUERY)) {
            entityManager
                    .createQuery(
                            """
                            select a.key.binaryId, a.versionId from Attachment a join a.file f
                            where a.key.binaryId in :some and f.export.id = :exportId
                                and f.state not in (DISCARDED, ERASED)""",
                            Object[].class)
                    .setParameter("some", some)
                    .setParameter("exportId", exportId)
                    .getResultList()
                    .forEach(row -> versions.putIfAbsent((String) row[0], (String) row[1]));
        }
        return versions;
    }
}
