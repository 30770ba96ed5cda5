/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import com.google.common.collect.Lists;
import jakarta.persistence.EntityManager;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/** Ends exports: completes them, or ends them without a result. Methods join the caller's transaction. */
final class ExportEnd {

    private static final int ROWS_PER_BATCH = 100;

    private static final String NAME = "update HBP_EXPORT_FILE set FILE_NAME = ?, DUE_AT = ? where BINARY_ID = ?";

    private final CatalogDatabase database;
    private final EntityManager entityManager;
    private final ChunkRows chunks;
    private final IssueRows issues;

    ExportEnd(CatalogDatabase database, ChunkRows chunks) {
        this.database = database;
        this.entityManager = database.entityManager();
        this.chunks = chunks;
        this.issues = new IssueRows(database);
    }

    /** As {@link ExportCatalog#complete} says. */
    boolean complete(
            String exportId, Instant at, Duration retention, Duration stalledAfter, NewFile.@Nullable Written errors) {
        return database.inTransaction(() -> {
            Export export = lockedIfIn(exportId, Set.of(Export.State.RUNNING)).orElse(null);
            if (export == null) {
                return false;
            }
            List<ExportChunk> unfinished = chunks.unfinished(exportId);
            if (unfinished.isEmpty()) {
                if (!chunks.isWhole(exportId)) {
                    fail(exportId, ExportFailure.NOT_WHOLE);
                    return false;
                }
                boolean allSaid = issues.count(exportId) == (errors == null ? 0 : errors.lineCount());
                if (allSaid) {
                    publish(export, errors);
                    nameFiles(exportId, at.plus(retention).plus(Export.GRACE));
                    discardFiles(exportId, ExportFile.State.WRITING);
                    export.complete(at, at.plus(retention));
                    database.exportEnds(Export.State.COMPLETE, Duration.between(export.startedAt(), at));
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

    /** As {@link ExportCatalog#fail} says. */
    void fail(String exportId, ExportFailure reason) {
        database.inTransaction(
                () -> lockedIfIn(exportId, Set.of(Export.State.RUNNING)).ifPresent(export -> {
                    if (export.failure().isEmpty() || !reason.equals(ExportFailure.UNKNOWN)) {
                        export.noteFailure(reason);
                    }
                    end(exportId, Export.State.FAILED, Export.State.RUNNING);
                }));
    }

    /** Ends an export that is in one of the states {@code from}; does nothing if it is in another. */
    void end(String exportId, Export.State state, Export.State... from) {
        database.inTransaction(() -> lockedIfIn(exportId, Set.of(from)).ifPresent(export -> {
            discardFiles(exportId, ExportFile.State.WRITING);
            discardFiles(exportId, ExportFile.State.AVAILABLE);
            Instant now = database.now();
            if (export.state() == Export.State.RUNNING) {
                database.exportEnds(state, Duration.between(export.startedAt(), now));
            }
            export.end(state, now);
        }));
    }

    /**
     * Locks an export for a change of its state. Does not wait for the lock of one in another state, such as one that
     * has ended: HAPI calls while it holds locks of its own, and the sweep, which erases the export, may be waiting for
     * those.
     */
    private Optional<Export> lockedIfIn(String exportId, Set<Export.State> states) {
        return database.isIn(exportId, states)
                ? Optional.of(database.lockedExport(exportId)).filter(export -> states.contains(export.state()))
                : Optional.empty();
    }

    private void publish(Export export, NewFile.@Nullable Written errors) {
        ExportFile file = errors == null ? null : entityManager.find(ExportFile.class, errors.binaryId());
        if (errors != null && file != null && file.state() == ExportFile.State.WRITING) {
            file.written(errors);
            file.publish();
            database.store(export.id(), errors.storedBytes());
        }
    }

    /** Uses JDBC batches: Hibernate sends dynamic updates ({@code @DynamicUpdate}) one by one. */
    private void nameFiles(String exportId, Instant due) {
        entityManager.flush();
        List<ExportFile> files = listed(exportId);
        Map<String, Integer> numbers = new HashMap<>();
        entityManager.unwrap(Session.class).doWork(connection -> {
            try (PreparedStatement update = connection.prepareStatement(NAME)) {
                for (List<ExportFile> some : Lists.partition(files, ROWS_PER_BATCH)) {
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

    /** The files a manifest lists, in the order of their names' numbering. */
    List<ExportFile> listed(String exportId) {
        return entityManager
                .createQuery(
                        """
                        select f from ExportFile f where f.export.id = :exportId and f.state = 'AVAILABLE'
                        order by f.resourceType, f.lastModified, f.binaryId""",
                        ExportFile.class)
                .setParameter("exportId", exportId)
                .getResultList();
    }

    private void discardFiles(String exportId, ExportFile.State from) {
        entityManager
                .createQuery(
                        """
                        update ExportFile f set f.state = 'DISCARDED', f.dueAt = :now
                        where f.export.id = :exportId
                            and (f.state = :from or f.dueAt is null and f.state = 'DISCARDED')""")
                .setParameter("exportId", exportId)
                .setParameter("from", from)
                .setParameter("now", database.now())
                .executeUpdate();
    }
}
