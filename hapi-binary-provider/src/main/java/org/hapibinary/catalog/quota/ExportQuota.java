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
 * Enforces the limits of exports (CONTRACT §5), counted in the catalog for all servers together. A client is an issuer
 * and a client id, whichever user it acts for.
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

    private static final String RUNNING = "select count(e) from Export e where e.state = 'RUNNING'";
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
     * @param limits the limits to enforce
     */
    public ExportQuota(CatalogDatabase database, Limits limits) {
        this.database = database;
        this.entityManager = database.entityManager();
        this.catalog = new ExportCatalog(database);
        this.limits = limits;
    }

    /**
     * Adds a running export in the caller's transaction. A lock, held until that transaction ends, keeps two servers
     * from both taking the last place. The limits are also checked before, so that a request that is refused does not
     * wait for the lock. The wait ends after some seconds with the database's error.
     *
     * @throws LimitReachedException if a limit is reached
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

    /** Not repeated under the lock: a kick-off itself stores nothing. */
    private void requireSpace(ExportAuthorization client) {
        LimitReachedException full = isSpaceLimited() ? fullStore(client, 0) : null;
        if (full != null) {
            throw full;
        }
    }

    private boolean isSpaceLimited() {
        return limits.storedBytesPerClient() != null || limits.storedBytes() != null;
    }

    /**
     * @param more how many bytes over the limit count as full: 0 at a kick-off, 1 for files that exist already
     * @return the limit that is reached; null if there is room
     */
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

    /** A client below its equal share is refused only at {@value #HARD} times the limit. */
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
     * Fails an export if the store exceeds a limit with its files, and commits at once. Call it before each file and
     * before the completion.
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
     * Records a status request for a running export and commits at once.
     *
     * @throws LimitReachedException if the last one was too recent; this one is not recorded then
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

    /** The minimum time between two status requests, in seconds, rounded up; 0 for no minimum. */
    public int secondsBetweenPolls() {
        return seconds(limits.pollInterval());
    }

    private static int seconds(Duration duration) {
        return (int) duration.plusNanos(999_999_999).toSeconds();
    }

    /**
     * The limits of exports, for all servers of a catalog together.
     *
     * @param exportsPerClient how many exports of a client may run at once
     * @param exports how many exports may run at once; a client with none running may start one beyond, up to twice as
     *     many in all
     * @param storedBytesPerClient how many bytes a client's files may take up in the store; null for no limit
     * @param storedBytes how many bytes all files may take up in the store; null for no limit
     * @param pollInterval the minimum time between two status requests for a running export; zero for no minimum
     */
    public record Limits(
            int exportsPerClient,
            int exports,
            @Nullable Long storedBytesPerClient,
            @Nullable Long storedBytes,
            Duration pollInterval) {

        /** The limits where the operator sets none: 5 exports for each client, 50 in all. */
        public static final Limits DEFAULT = new Limits(5, 50, null, null, Duration.ZERO);
    }

    /** Thrown when a limit is reached. */
    public static final class LimitReachedException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final String limit;
        private final int retryAfterSeconds;

        /**
         * @param limit the name of the property that sets the limit
         * @param reached a sentence for the client that says which limit is reached
         * @param retryAfterSeconds after how many seconds another try may succeed
         */
        public LimitReachedException(String limit, String reached, int retryAfterSeconds) {
            super(reached);
            this.limit = limit;
            this.retryAfterSeconds = retryAfterSeconds;
        }

        /** The name of the property that sets the limit. */
        public String limit() {
            return limit;
        }

        /** A sentence for the client that says which limit is reached. */
        public String reached() {
            return String.valueOf(getMessage());
        }

        /** After how many seconds another try may succeed. */
        public int retryAfterSeconds() {
            return retryAfterSeconds;
        }
    }
}
