/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.body;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.hapibinary.problem.Problem;

/**
 * The bodies that are being received. Each holds a thread until it has come, and those of one client not all threads.
 */
final class IncomingBodies {

    /** At once. */
    static final int OF_A_CLIENT = 16;

    /** Bodies that come fast end within it. */
    private static final long PATIENCE_MILLIS = 250;

    private static final int RETRY_AFTER_SECONDS = 5;

    private final Map<Object, Semaphore> places = new ConcurrentHashMap<>();

    /** A body that is being received. */
    interface Incoming {

        /** It has come, or is given up. */
        void end();
    }

    /**
     * Begins to receive a body.
     *
     * @param client who sends it, equal for all requests of one client
     * @throws Problem 429 if as many others of the client's are on their way
     */
    Incoming begin(Object client) {
        if (client.equals(RequestBodies.UNKNOWN)) {
            return () -> {}; // else anybody could keep out all others who are not known yet
        }
        Semaphore own = places.computeIfAbsent(client, key -> new Semaphore(OF_A_CLIENT, true));
        if (!isTaken(own)) {
            throw Problem.throttled(
                    OF_A_CLIENT + " bodies of one client at once",
                    "The bodies of " + OF_A_CLIENT + " other requests of this client are still on their way.",
                    RETRY_AFTER_SECONDS);
        }
        return own::release;
    }

    private static boolean isTaken(Semaphore places) {
        try {
            return places.tryAcquire(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
