/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.maintenance;

import jakarta.persistence.EntityManager;
import java.util.List;
import java.util.function.Consumer;
import org.hapibinary.catalog.CatalogDatabase;

/** Deletes the rows of an export that is over, in batches, each in a transaction of its own. */
final class ExportRows {

    private static final int AT_ONCE = 1_000;

    private static final String OF_EXPORT = " where EXPORT_ID = :exportId";

    private final CatalogDatabase database;
    private final EntityManager entityManager;

    ExportRows(CatalogDatabase database) {
        this.database = database;
        this.entityManager = database.entityManager();
    }

    boolean hasFiles(String exportId) {
        return !files(exportId, "", 1).isEmpty();
    }

    private List<String> files(String exportId, String after, int limit) {
        return database.inTransaction(() -> entityManager
                .createQuery(
                        "select f.binaryId from ExportFile f where f.export.id = :exportId and f.binaryId > :after"
                                + " order by f.binaryId",
                        String.class)
                .setParameter("exportId", exportId)
                .setParameter("after", after)
                .setMaxResults(limit)
                .getResultList());
    }

    private void eachFile(String exportId, Consumer<String> action) {
        List<String> some = files(exportId, "", AT_ONCE);
        while (!some.isEmpty()) {
            some.forEach(action);
            some = files(exportId, some.get(some.size() - 1), AT_ONCE);
        }
    }

    /**
     * Deletes what describes the content: members, issues and chunks. Keeps of the attachments only their ids, so that
     * a request for one can be told that it has expired.
     */
    void forgetContent(String exportId) {
        forgetMembers(exportId);
        delete("HBP_EXPORT_ISSUE", "ISSUE_ID", exportId);
        eachFile(exportId, this::forgetAttachments);
        deleteChunks(exportId);
    }

    private void forgetMembers(String exportId) {
        delete("HBP_EXPORT_MEMBER", "RES_ID", exportId);
        delete("HBP_EXPORT_SUPPORTING", "RES_ID", exportId);
    }

    private void delete(String table, String key, String exportId) {
        repeat(
                "delete from " + table + OF_EXPORT + " and " + key + " in (select " + key + " from " + table + OF_EXPORT
                        + " limit " + AT_ONCE + ")",
                exportId);
    }

    /** The file rows stay and lose their chunk ids. */
    private void deleteChunks(String exportId) {
        repeat(
                "update HBP_EXPORT_FILE set CHUNK_ID = null" + OF_EXPORT + " and BINARY_ID in (select BINARY_ID from"
                        + " HBP_EXPORT_FILE" + OF_EXPORT + " and CHUNK_ID is not null limit " + AT_ONCE + ")",
                exportId);
        delete("HBP_EXPORT_CHUNK", "CHUNK_ID", exportId);
    }

    private void repeat(String statement, String exportId) {
        int changed = AT_ONCE;
        while (changed >= AT_ONCE) {
            changed = database.inNewTransaction(() -> entityManager
                    .createNativeQuery(statement)
                    .setParameter("exportId", exportId)
                    .executeUpdate());
        }
    }

    private void forgetAttachments(String fileId) {
        String after = "";
        List<String> some = attachments(fileId, after);
        while (!some.isEmpty()) {
            change(
                    "update Attachment a set a.title = null, a.contentType = null, a.contentSize = null, a.sha256 ="
                            + " null,"
                            + " a.lastModified = null",
                    fileId,
                    some);
            after = some.get(some.size() - 1);
            some = attachments(fileId, after);
        }
    }

    private void deleteAttachments(String fileId) {
        List<String> some = attachments(fileId, "");
        while (!some.isEmpty()) {
            change("delete from Attachment a", fileId, some);
            some = attachments(fileId, "");
        }
    }

    private List<String> attachments(String fileId, String after) {
        return database.inTransaction(() -> entityManager
                .createQuery(
                        "select a.key.binaryId from Attachment a where a.key.fileId = :fileId"
                                + " and a.key.binaryId > :after order by a.key.binaryId",
                        String.class)
                .setParameter("fileId", fileId)
                .setParameter("after", after)
                .setMaxResults(AT_ONCE)
                .getResultList());
    }

    private void change(String statement, String fileId, List<String> binaryIds) {
        database.inNewTransaction(() -> entityManager
                .createQuery(statement + " where a.key.fileId = :fileId and a.key.binaryId in :binaryIds")
                .setParameter("fileId", fileId)
                .setParameter("binaryIds", binaryIds)
                .executeUpdate());
    }

    /** Deletes all rows of an export, its own last. */
    void deleteAll(String exportId) {
        forgetMembers(exportId);
        delete("HBP_EXPORT_ISSUE", "ISSUE_ID", exportId);
        eachFile(exportId, this::deleteAttachments);
        delete("HBP_EXPORT_FILE", "BINARY_ID", exportId);
        delete("HBP_EXPORT_CHUNK", "CHUNK_ID", exportId);
        database.inNewTransaction(() -> entityManager
                .createQuery("delete from Export e where e.id = :exportId")
                .setParameter("exportId", exportId)
                .executeUpdate());
    }
}
