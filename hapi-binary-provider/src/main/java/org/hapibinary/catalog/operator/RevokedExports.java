/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.operator;

import jakarta.persistence.EntityManager;
import java.util.List;
import java.util.Optional;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.catalog.Export;

/** Finds what an operator is about to end. */
public final class RevokedExports {

    private final CatalogDatabase database;
    private final EntityManager entityManager;

    /** @param database the catalog's */
    public RevokedExports(CatalogDatabase database) {
        this.database = database;
        this.entityManager = database.entityManager();
    }

    /**
     * What an export has in the store.
     *
     * @param files published files, and those that are being written
     * @param bytes that they take up
     */
    public record Content(long files, long bytes) {}

    /** Finds an export in any state. */
    public Optional<Export> find(String exportId) {
        return database.inTransaction(() -> Optional.ofNullable(entityManager.find(Export.class, exportId)));
    }

    /** What will be lost if an export ends. */
    public Content contentOf(String exportId) {
        return database.inTransaction(() -> {
            Object[] row = (Object[]) entityManager
                    .createNativeQuery("select (select count(*) from HBP_EXPORT_FILE f where f.EXPORT_ID = e.EXPORT_ID"
                            + " and f.STATE in ('AVAILABLE', 'WRITING')), e.STORED_BYTES"
                            + " from HBP_EXPORT e where e.EXPORT_ID = :exportId")
                    .setParameter("exportId", exportId)
                    .getSingleResult();
            return new Content(Values.number(row[0]), Values.number(row[1]));
        });
    }

    /**
     * The exports of a client that still have something to erase, by their ids.
     *
     * @param after the last id of the page before; empty for the first page
     * @param limit how many at most
     */
    public List<Export> ofClient(String issuer, String clientId, String after, int limit) {
        return database.inTransaction(() -> entityManager
                .createQuery(
                        "select e from Export e where e.authorization.clientId = :clientId"
                                + " and e.authorization.issuer = :issuer and e.state <> 'DELETED'"
                                + " and e.erasedAt is null and e.id > :after order by e.id",
                        Export.class)
                .setParameter("clientId", clientId)
                .setParameter("issuer", issuer)
                .setParameter("after", after)
                .setMaxResults(limit)
                .getResultList());
    }
}
