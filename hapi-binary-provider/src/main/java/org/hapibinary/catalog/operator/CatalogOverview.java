/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.operator;

import jakarta.persistence.EntityManager;
import jakarta.persistence.Query;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.catalog.Export;

/** Figures for the operator: what is running and stored, and what needs attention. */
public final class CatalogOverview {

    /** Counts that raise an alarm end here. */
    private static final int MOST_COUNTED = 10_000;

    /** Longer than between two heartbeats of a download. */
    private static final Duration READING = Duration.ofSeconds(25);

    private final CatalogDatabase database;
    private final EntityManager entityManager;

    /** @param database the catalog's */
    public CatalogOverview(CatalogDatabase database) {
        this.database = database;
        this.entityManager = database.entityManager();
    }

    /**
     * What a client has in the store.
     *
     * @param exports that have something there
     * @param oldest the kick-off of the oldest of them
     */
    public record Stored(String issuer, String client, long exports, long bytes, Instant oldest) {}

    /** The clients that have most in the store, the first first. */
    public List<Stored> stored(int limit) {
        return database.inTransaction(() -> Values.rows(entityManager
                        .createNativeQuery("select e.ISSUER, e.CLIENT_ID, count(*), sum(e.STORED_BYTES) as BYTES,"
                                + " min(e.STARTED_AT) from HBP_EXPORT e where e.STORED_BYTES > 0"
                                + " group by e.ISSUER, e.CLIENT_ID order by BYTES desc, e.ISSUER, e.CLIENT_ID")
                        .setMaxResults(limit))
                .map(row -> new Stored(
                        (String) row[0],
                        (String) row[1],
                        Values.number(row[2]),
                        Values.number(row[3]),
                        Values.instant(row[4])))
                .toList());
    }

    /** Bytes that all files take up in the store. */
    public long storedBytes() {
        return number(entityManager.createNativeQuery(
                "select sum(e.STORED_BYTES) from HBP_EXPORT e where e.STORED_BYTES > 0"));
    }

    /** The running exports, the oldest first. */
    public List<Export> running(int limit) {
        return database.inTransaction(() -> entityManager
                .createQuery(
                        "select e from Export e where e.state = 'RUNNING' order by e.startedAt, e.id", Export.class)
                .setMaxResults(limit)
                .getResultList());
    }

    /** How many exports are running. */
    public long runningCount() {
        return number(entityManager.createNativeQuery("select count(*) from HBP_EXPORT e where e.STATE = 'RUNNING'"));
    }

    /** How many exports have failed since a moment; {@value #MOST_COUNTED} at most. */
    public long failedSince(Instant moment) {
        return number(entityManager
                .createNativeQuery("select count(*) from (select e.EXPORT_ID from HBP_EXPORT e"
                        + " where e.STATE = 'FAILED' and e.ENDED_AT >= :moment limit " + MOST_COUNTED + ") e")
                .setParameter("moment", moment));
    }

    /** How many files are known to be damaged. */
    public long damaged() {
        return number(entityManager.createNativeQuery(
                "select count(*) from HBP_EXPORT_FILE f where f.DAMAGED and f.STATE = 'AVAILABLE'"));
    }

    /** How many files any server is sending, as far as their heartbeats say. */
    public long filesBeingRead() {
        return database.inTransaction(() -> number(entityManager
                .createNativeQuery("select count(*) from HBP_EXPORT_FILE f where f.READ_AT >= :since")
                .setParameter("since", database.databaseNow().minus(READING))));
    }

    private long number(Query query) {
        return database.inTransaction(() -> Values.number(query.getSingleResult()));
    }
}
