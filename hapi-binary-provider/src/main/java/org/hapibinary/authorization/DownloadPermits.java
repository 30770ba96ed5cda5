/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.hapibinary.problem.Problem;

/**
 * How many downloads this server sends at once, of a client and in all (CONTRACT §5). Each server counts its own: it is
 * its connections and its memory that they take up. A client that has none is let in beyond what all may have, up to
 * twice as many.
 */
public final class DownloadPermits {

    /** As many as anybody wants. */
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
     * @param perClient of one client at most
     * @param inAll of all clients at most
     */
    public DownloadPermits(int perClient, int inAll) {
        this.perClient = perClient;
        this.inAll = inAll;
    }

    private record Client(String issuer, String id) {}

    /**
     * Takes a permit for one download.
     *
     * @return to be closed when the download has ended, however it has
     * @throws Problem 429 if there is none left
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

    /** The right to one download. */
    public final class Permit implements AutoCloseable {

        private final Client client;
        private final AtomicBoolean open = new AtomicBoolean(true);

        private Permit(Client client) {
            this.client = client;
        }

        /** Gives it back; once, however often it is called. */
        @Override
        public void close() {
            if (open.getAndSet(false)) {
                giveBack(client);
            }
        }
    }
}
