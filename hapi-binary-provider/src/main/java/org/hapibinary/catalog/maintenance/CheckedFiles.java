/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.maintenance;

import java.time.Instant;
import java.util.Optional;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.catalog.ExportFile;

/** Hands out files to the content check and records its results. Methods commit at once. */
public final class CheckedFiles {

    private final CatalogDatabase database;

    /** @param database the catalog's */
    public CheckedFiles(CatalogDatabase database) {
        this.database = database;
    }

    /**
     * Claims the file whose last check is longest ago, and records that it is checked now. Of several servers exactly
     * one gets it.
     *
     * @param before only files whose last check was before this time
     * @return empty if there is none
     */
    public Optional<ExportFile> claim(Instant before) {
        return database.inNewTransaction(() -> database.entityManager()
                .createQuery(
                        "select f from ExportFile f join fetch f.export e"
                                + " where f.state = 'AVAILABLE'"
                                + " and e.state = 'COMPLETE' and e.expiresAt > :now"
                                + " and (f.checkedAt is null or f.checkedAt < :before)"
                                + " order by f.checkedAt asc nulls first, f.binaryId",
                        ExportFile.class)
                .setParameter("now", database.now())
                .setParameter("before", before)
                .setMaxResults(1)
                .getResultStream()
                .findFirst()
                .filter(file -> counted(file, database.now())));
    }

    private boolean counted(ExportFile file, Instant now) {
        return database.entityManager()
                        .createQuery("update ExportFile f set f.checkedAt = :now where f.binaryId = :binaryId"
                                + " and (f.checkedAt is null or f.checkedAt = :seen)")
                        .setParameter("now", now)
                        .setParameter("binaryId", file.binaryId())
                        .setParameter("seen", file.checkedAt().orElse(now))
                        .executeUpdate()
                == 1;
    }

    /**
     * Records whether a file's content is damaged.
     *
     * @return false if the file has expired or was deleted, so that nothing was recorded
     */
    public boolean checked(String binaryId, boolean damaged) {
        return database.inNewTransaction(() -> database.entityManager()
                        .createQuery("update ExportFile f set f.damaged = :damaged where f.binaryId = :binaryId"
                                + " and f.state = 'AVAILABLE' and f.export.id in"
                                + " (select e.id from Export e where e.expiresAt > :now"
                                + " and e.state = 'COMPLETE')")
                        .setParameter("damaged", damaged)
                        .setParameter("binaryId", binaryId)
                        .setParameter("now", database.now())
                        .executeUpdate())
                == 1;
    }
}
