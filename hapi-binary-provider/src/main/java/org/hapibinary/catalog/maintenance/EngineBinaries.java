/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.maintenance;

import jakarta.persistence.EntityManager;
import java.util.Collection;
import java.util.List;
import org.hapibinary.catalog.CatalogDatabase;

/**
 * The files of which HAPI has a Binary too, which says nothing but the media type: those that HAPI's own definition of
 * the job has written.
 */
public final class EngineBinaries {

    private final CatalogDatabase database;
    private final EntityManager entityManager;

    /** @param database the catalog's */
    public EngineBinaries(CatalogDatabase database) {
        this.database = database;
        this.entityManager = database.entityManager();
    }

    /**
     * Some of them, of exports that are not running any more.
     *
     * @param after the last one of those before; empty for the first
     */
    public List<String> some(String after, int limit) {
        return database.inTransaction(() -> entityManager
                .createQuery(
                        "select f.binaryId from ExportFile f where f.engineBinary = true"
                                + " and f.binaryId > :after and f.export.state <>"
                                + " RUNNING"
                                + " order by f.binaryId",
                        String.class)
                .setParameter("after", after)
                .setMaxResults(limit)
                .getResultList());
    }

    /** Records, at once, that HAPI has no such Binaries any more. */
    public void gone(Collection<String> binaryIds) {
        database.inNewTransaction(() -> entityManager
                .createQuery("update ExportFile f set f.engineBinary = false where f.binaryId in :binaryIds")
                .setParameter("binaryIds", binaryIds)
                .executeUpdate());
    }
}
