/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.body;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.hapibinary.problem.Problem;

/**
 * Limits the bodies that are being received at once from one client. Each holds a thread until it has arrived, and one
 * client must not hold all threads.
 */
final class IncomingBodies {

    /** How many bodies of one client may be on their way at once. */
    static final int OF_A_CLIENT = 16;

    /** How long a further body waits for a place. Fast bodies have arrived by then. */
    private static final long PATIENCE_MILLIS = 250;

    private static final int RETRY_AFTER_SECONDS = 5;

    private final Map<Object, Semaphore> places = new ConcurrentHashMap<>();

    /** A body that is being received. */
    interface Incoming {

        /** Frees the place: the body has arrived or was abandoned. */
        void end();
    }

    /**
     * Takes a place for a body.
     *
     * @param client the sender, equal for all requests of one client
     * @throws Problem 429 if {@value #OF_A_CLIENT} others of the client are on their way
     */
    Incoming begin(Object client) {
        if (client.equals(RequestBodies.UNKNOWN)) {
            return () -> {}; // no limit: one unknown sender could otherwise block all others
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
