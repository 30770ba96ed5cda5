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
 * The rows of {@code HBP_EXPORT_FILE} and {@code HBP_EXPORT_ATTACHMENT} while an export runs: queries and updates, each
 * in the caller's transaction.
 */
final class FileRows {

    /** Limited because H2 compares each row with every id of the list. */
    private static final int IDS_PER_QUERY = 100;

    private final CatalogDatabase database;
    private final EntityManager entityManager;

    FileRows(CatalogDatabase database) {
        this.database = database;
        this.entityManager = database.entityManager();
    }

    /**
     * Adds the row of a file before its first byte is stored.
     *
     * @param chunkId null for an error file
     */
    void announce(String exportId, @Nullable String chunkId, NewFile file) {
        database.store(exportId, 0); // locks the export, so that its end includes this file
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
        // locks the export before the file, in the same order as ending it does
        database.store(exportId, written.storedBytes());
        ExportFile file = entityManager.find(ExportFile.class, written.binaryId(), LockModeType.PESSIMISTIC_WRITE);
        if (file == null || file.state() != ExportFile.State.WRITING) {
            database.store(exportId, -written.storedBytes());
            if (file != null && file.state() == ExportFile.State.ERASED) {
                file.discard(database.now()); // the sweep erased it before its last byte was stored
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
                        update ExportFile f set f.state = 'DISCARDED', f.dueAt = :now
                        where f.chunkId = :chunkId and f.state in ('WRITING', 'AVAILABLE')""")
                .setParameter("now", database.now())
                .setParameter("chunkId", chunkId)
                .executeUpdate();
    }

    /** Adds the attachments that a file does not have yet. Returns the version that it has of each then, by id. */
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

    /** As {@link ExportWork#attachmentVersions} says. */
    Map<String, String> attachmentVersions(String exportId, Collection<String> binaryIds) {
        Map<String, String> versions = new HashMap<>();
        for (List<String> some : Lists.partition(List.copyOf(binaryIds), IDS_PER_QUERY)) {
            entityManager
                    .createQuery(
                            """
                            select a.key.binaryId, a.versionId from Attachment a join a.file f
                            where a.key.binaryId in :some and f.export.id = :exportId
                                and f.state not in ('DISCARDED', 'ERASED')""",
                            Object[].class)
                    .setParameter("some", some)
                    .setParameter("exportId", exportId)
                    .getResultList()
                    .forEach(row -> versions.putIfAbsent((String) row[0], (String) row[1]));
        }
        return versions;
    }
}
