/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.maintenance;

import jakarta.persistence.EntityManager;
import java.util.Collection;
import java.util.List;
import org.hapibinary.catalog.CatalogDatabase;

/**
 * The files that also have a Binary in HAPI, which holds no more than the media type. Only HAPI's own definition of the
 * job writes such files.
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
     * A page of the ids of such Binaries, of exports that are no longer running.
     *
     * @param after the last id of the previous page; empty for the first page
     * @param limit how many at most
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

    /** Records that HAPI no longer has these Binaries. Commits at once. */
    public void gone(Collection<String> binaryIds) {
        database.inNewTransaction(() -> entityManager
                .createQuery("update ExportFile f set f.engineBinary = false where f.binaryId in :binaryIds")
                .setParameter("binaryIds", binaryIds)
                .executeUpdate());
    }
}
