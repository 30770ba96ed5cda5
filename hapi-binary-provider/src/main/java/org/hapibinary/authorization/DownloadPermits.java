/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.hapibinary.problem.Problem;

/**
 * Limits the concurrent downloads of one client and of all clients (CONTRACT §5). Each server counts its own, because
 * they use its connections and its memory. A client without a download may start one beyond the limit of all, up to
 * twice that limit.
 */
public final class DownloadPermits {

    /** No limits. */
    public static final DownloadPermits UNLIMITED = new DownloadPermits(Integer.MAX_VALUE, Integer.MAX_VALUE);

    private static final String PER_CLIENT = "hapi.binary.limits.downloads-per-client";
    private static final String IN_ALL = "hapi.binary.limits.downloads";
    private static final int RETRY_AFTER_SECONDS = 5;
    private static final long HARD = 2;

    private final int perClient;
    private final int inAll;
    private final Map<Client, Integer> taken = new HashMap<>();
    private long takenInAll;

    /**
     * @param perClient how many downloads of one client may run at once
     * @param inAll how many downloads of all clients may run at once
     */
    public DownloadPermits(int perClient, int inAll) {
        this.perClient = perClient;
        this.inAll = inAll;
    }

    private record Client(String issuer, String id) {}

    /**
     * Takes a permit for one download.
     *
     * @return a permit, which the caller closes when the download ends, also after a failure
     * @throws Problem 429 if none is left
     */
    public synchronized Permit take(Caller caller) {
        Client client = new Client(caller.issuer(), caller.clientId());
        int own = taken.getOrDefault(client, 0);
        if (own >= perClient) {
            throw Problem.throttled(
                    PER_CLIENT,
                    "This client has " + own + " downloads under way, which is as many as it may have at once.",
                    RETRY_AFTER_SECONDS);
        }
        if (takenInAll >= (own == 0 ? HARD * inAll : inAll)) {
            throw Problem.throttled(
                    IN_ALL, "The server sends as many downloads as it can at once.", RETRY_AFTER_SECONDS);
        }
        taken.put(client, own + 1);
        takenInAll++;
        return new Permit(client);
    }

    private synchronized void giveBack(Client client) {
        takenInAll--;
        taken.computeIfPresent(client, (key, own) -> own == 1 ? null : own - 1);
    }

    /** A permit for one download. */
    public final class Permit implements AutoCloseable {

        private final Client client;
        private final AtomicBoolean open = new AtomicBoolean(true);

        private Permit(Client client) {
            this.client = client;
        }

        /** Returns the permit. Further calls do nothing. */
        @Override
        public void close() {
            if (open.getAndSet(false)) {
                giveBack(client);
            }
        }
    }
}
