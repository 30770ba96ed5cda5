/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.quota;

import jakarta.persistence.EntityManager;
import jakarta.persistence.TypedQuery;
import java.time.Duration;
import java.time.Instant;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportAuthorization;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportFailure;
import org.jspecify.annotations.Nullable;

/**
 * Holds exports to their limits (CONTRACT §5), counted in the catalog: they hold for all servers together. A client is
 * its issuer and its client id, whatever user it speaks for.
 */
public final class ExportQuota {

    private static final String EXPORTS_PER_CLIENT = "hapi.binary.limits.exports-per-client";
    private static final String EXPORTS = "hapi.binary.limits.exports";
    private static final String STORED_BYTES_PER_CLIENT = "hapi.binary.limits.stored-bytes-per-client";
    private static final String STORED_BYTES = "hapi.binary.limits.stored-bytes";
    private static final String POLL_INTERVAL = "hapi.binary.limits.poll-interval";

    private static final int RETRY_WHEN_ONE_ENDS = 60;
    private static final int RETRY_WHEN_FILES_EXPIRE = 600;
    private static final int HARD = 2;

    private static final String RUNNING = "select count(e) from Export e where e.state = RUNNING";
    private static final String STORED = "select coalesce(sum(e.storedBytes), 0) from Export e where e.storedBytes > 0";
    private static final String CLIENTS_THAT_STORE =
            "select count(distinct concat(e.authorization.issuer, ' ', e.authorization.clientId)) from Export e"
                    + " where e.storedBytes > 0";
    private static final String OF_CLIENT =
            " and e.authorization.issuer = :issuer and e.authorization.clientId = :clientId";

    private final CatalogDatabase database;
    private final EntityManager entityManager;
    private final ExportCatalog catalog;
    private final Limits limits;

    /**
     * @param database the catalog's
     * @param limits that hold
     */
    public ExportQuota(CatalogDatabase database, Limits limits) {
        this.database = database;
        this.entityManager = database.entityManager();
        this.catalog = new ExportCatalog(database);
        this.limits = limits;
    }

    /**
     * Adds a running export in the caller's transaction. Until that ends no other export is added, on whatever server:
     * two cannot both take the last place. Whoever has no room is told before it waits for that, and keeps nobody
     * waiting. Nobody waits for longer than some seconds; then it is a failure of the database to give the lock.
     *
     * @throws LimitReachedException if there is no room for it
     */
    public void add(Export export) {
        database.inTransaction(() -> {
            requirePlace(export.authorization());
            requireSpace(export.authorization());
            database.lock("KICK_OFF");
            requirePlace(export.authorization());
            catalog.add(export);
        });
    }

    private void requirePlace(ExportAuthorization client) {
        long own = of(client, entityManager.createQuery(RUNNING + OF_CLIENT, Long.class));
        if (own >= limits.exportsPerClient()) {
            throw new LimitReachedException(
                    EXPORTS_PER_CLIENT,
                    "This client has " + own + " exports running, which is as many as it may have.",
                    RETRY_WHEN_ONE_ENDS);
        }
        long all = entityManager.createQuery(RUNNING, Long.class).getSingleResult();
        if (all >= (own == 0 ? (long) HARD * limits.exports() : limits.exports())) {
            throw new LimitReachedException(
                    EXPORTS, "The server runs as many exports as it can at once.", RETRY_WHEN_ONE_ENDS);
        }
    }

    /** A kick-off takes none, so that this is not to be asked once more when it is its turn. */
    private void requireSpace(ExportAuthorization client) {
        LimitReachedException full = isSpaceLimited() ? fullStore(client, 0) : null;
        if (full != null) {
            throw full;
        }
    }

    private boolean isSpaceLimited() {
        return limits.storedBytesPerClient() != null || limits.storedBytes() != null;
    }

    /** @param more bytes that still have room if the store is not full */
    private @Nullable LimitReachedException fullStore(ExportAuthorization client, long more) {
        long own = of(client, entityManager.createQuery(STORED + OF_CLIENT, Long.class));
        Long mine = limits.storedBytesPerClient();
        if (mine != null && own >= mine + more) {
            return new LimitReachedException(
                    STORED_BYTES_PER_CLIENT,
                    "The files of this client's exports take up as much of the store as they may: delete exports that"
                            + " are not needed any more.",
                    RETRY_WHEN_FILES_EXPIRE);
        }
        Long all = limits.storedBytes();
        if (all != null && isFull(all + more, own)) {
            return new LimitReachedException(
                    STORED_BYTES,
                    "The files of all exports take up as much of the store as they may.",
                    RETRY_WHEN_FILES_EXPIRE);
        }
        return null;
    }

    /** A client that has less than an equal share of it is not kept out by those that have more. */
    private boolean isFull(long limit, long own) {
        long stored = entityManager.createQuery(STORED, Long.class).getSingleResult();
        if (stored < limit) {
            return false;
        }
        long clients = entityManager.createQuery(CLIENTS_THAT_STORE, Long.class).getSingleResult() + (own == 0 ? 1 : 0);
        return own >= limit / clients || stored >= HARD * limit;
    }

    private static long of(ExportAuthorization client, TypedQuery<Long> query) {
        return query.setParameter("issuer", client.issuer())
                .setParameter("clientId", client.clientId())
                .getSingleResult();
    }

    /**
     * Fails an export, at once, if with its files the store holds more than it may. To be called before each of its
     * files and before it is completed.
     */
    public void failIfTooLarge(String exportId) {
        if (!isSpaceLimited()) {
            return;
        }
        database.inNewTransaction(() -> {
            LimitReachedException full = fullStore(database.export(exportId).authorization(), 1);
            if (full != null) {
                catalog.fail(
                        exportId,
                        new ExportFailure(
                                "too-costly",
                                full.reached() + " The limit is " + full.limit()
                                        + ". Another try helps only if less is exported or files have gone."));
            }
        });
    }

    /**
     * Records, at once, that the status of a running export is asked for.
     *
     * @throws LimitReachedException if it was asked for too short a time ago; that it is asked for is not recorded then
     */
    public void poll(String exportId) {
        Duration interval = limits.pollInterval();
        if (interval.isZero()) {
            return;
        }
        Instant now = database.now();
        boolean recorded = database.inNewTransaction(() -> entityManager
                        .createQuery("update Export e set e.polledAt = :now where e.id = :exportId"
                                + " and (e.polledAt is null or e.polledAt <= :before)")
                        .setParameter("now", now)
                        .setParameter("before", now.minus(interval))
                        .setParameter("exportId", exportId)
                        .executeUpdate())
                == 1;
        if (!recorded) {
            throw new LimitReachedException(
                    POLL_INTERVAL,
                    "The status of this export was asked for less than " + seconds(interval) + " s ago.",
                    seconds(interval));
        }
    }

    /** How long to wait between two questions for a status at least, in whole seconds; 0 for not at all. */
    public int secondsBetweenPolls() {
        return seconds(limits.pollInterval());
    }

    private static int seconds(Duration duration) {
        return (int) duration.plusNanos(999_999_999).toSeconds();
    }

    /**
     * How much exports may take up, on all servers of a catalog together.
     *
     * @param exportsPerClient how many exports a client may have running
     * @param exports how many may be running; a client that has none running is let in beyond, up to twice as many
     * @param storedBytesPerClient what a client's files may take up in the store; null for as much as there is
     * @param storedBytes what all files may take up in the store; null for as much as there is
     * @param pollInterval how long to wait between two questions for the status of a running export; zero for not at
     *     all
     */
    public record Limits(
            int exportsPerClient,
            int exports,
            @Nullable Long storedBytesPerClient,
            @Nullable Long storedBytes,
            Duration pollInterval) {

        /** Those that hold where nothing else is set. */
        public static final Limits DEFAULT = new Limits(5, 50, null, null, Duration.ZERO);
    }

    /** There is no room for one more. */
    public static final class LimitReachedException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final String limit;
        private final int retryAfterSeconds;

        /**
         * @param limit the property that sets it
         * @param reached a sentence that says what has been reached
         * @param retryAfterSeconds when another try may help
         */
        public LimitReachedException(String limit, String reached, int retryAfterSeconds) {
            super(reached);
            this.limit = limit;
            this.retryAfterSeconds = retryAfterSeconds;
        }

        /** The property that sets it. */
        public String limit() {
            return limit;
        }

        /** A sentence that says what has been reached. */
        public String reached() {
            return String.valueOf(getMessage());
        }

        /** When another try may help. */
        public int retryAfterSeconds() {
            return retryAfterSeconds;
        }
    }
}
