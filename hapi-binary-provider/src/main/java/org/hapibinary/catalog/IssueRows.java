/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import jakarta.persistence.EntityManager;
import java.util.Collection;
import java.util.List;

/** The rows of {@code HBP_EXPORT_ISSUE}: queries and updates, each in the caller's transaction. */
final class IssueRows {

    private final EntityManager entityManager;

    IssueRows(CatalogDatabase database) {
        this.entityManager = database.entityManager();
    }

    /** Adds an issue that belongs to no chunk. */
    void add(String exportId, ExportIssue issue) {
        entityManager.persist(new IssueRow(exportId, null, issue));
    }

    /** Adds issues of a chunk. They are deleted if the chunk is started again. */
    void add(ChunkAttempt attempt, Collection<ExportIssue> issues) {
        issues.forEach(issue -> entityManager.persist(new IssueRow(attempt.exportId(), attempt.chunkId(), issue)));
    }

    void deleteOfChunk(String chunkId) {
        entityManager
                .createQuery("delete from IssueRow i where i.chunkId = :chunkId")
                .setParameter("chunkId", chunkId)
                .executeUpdate();
    }

    long count(String exportId) {
        return entityManager
                .createQuery("select count(i) from IssueRow i where i.exportId = :exportId", Long.class)
                .setParameter("exportId", exportId)
                .getSingleResult();
    }

    /** The issues of an export after a number, in the order of their numbers. */
    List<ExportIssue.Numbered> page(String exportId, long after, int limit) {
        return entityManager
                .createQuery(
                        "select i from IssueRow i where i.exportId = :exportId and i.id > :after order by i.id",
                        IssueRow.class)
                .setParameter("exportId", exportId)
                .setParameter("after", after)
                .setMaxResults(limit)
                .getResultStream()
                .map(IssueRow::toIssue)
                .toList();
    }
}
