/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.hold;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.hapibinary.authorization.Caller;
import org.hapibinary.authorization.CallerResolver;
import org.hapibinary.catalog.operator.HeldClientRows;
import org.hapibinary.problem.Problem;

/**
 * Refuses the clients that the operator has put on hold (CONTRACT §9). Every server checks its callers against a copy
 * of the list, which is never older than {@link #OLDEST_COPY}. {@link #hold} and {@link #release} return only after
 * that time: from then on every server answers accordingly. If the list cannot be read, callers are refused with 503.
 */
public final class HeldClients {

    /** How old the copy of the list may be when a request arrives. */
    static final Duration OLDEST_COPY = Duration.ofSeconds(1);

    private static final int RETRY_AFTER_SECONDS = 5;

    private final HeldClientRows rows;
    private final HeldClientKeys keys;

    /** @param rows the list, which all servers share */
    public HeldClients(HeldClientRows rows) {
        this.rows = rows;
        this.keys = new HeldClientKeys(rows);
    }

    /** The callers that a resolver finds, without those on hold. */
    public CallerResolver guard(CallerResolver callers) {
        return new GuardedCallers(callers, this);
    }

    /** @throws Problem 403 if the client is on hold, 503 if that cannot be found out */
    void requireNotHeld(Caller caller) {
        Set<String> held = keys();
        if (!held.isEmpty() && held.contains(HeldClientRows.keyOf(caller.issuer(), caller.clientId()))) {
            throw Problem.forbidden("The operator of this server has put this client on hold. No request of it is"
                    + " answered until the operator releases it.");
        }
    }

    private Set<String> keys() {
        try {
            return keys.notOlderThan(OLDEST_COPY);
        } catch (RuntimeException | ExecutionException | TimeoutException e) {
            throw unknown(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unknown(e);
        }
    }

    private static Problem unknown(Exception cause) {
        return Problem.unavailable(
                "It cannot be found out now whether the operator has put the client on hold.",
                RETRY_AFTER_SECONDS,
                cause);
    }

    /**
     * Puts a client on hold: its requests are answered with 403, and its downloads end within seconds. Its running
     * exports go on, and its files stay. Returns when every server refuses it.
     *
     * @param operator who does it
     * @param reason for other operators; the client does not see it
     */
    public void hold(String issuer, String clientId, String operator, String reason) {
        rows.hold(issuer, clientId, operator, reason);
        awaitEveryServer();
    }

    /**
     * Ends the hold of a client. Returns when every server answers it again.
     *
     * @return false if the client was not on hold
     */
    public boolean release(String issuer, String clientId) {
        boolean wasHeld = rows.release(issuer, clientId);
        if (wasHeld) {
            awaitEveryServer();
        }
        return wasHeld;
    }

    /** After this time a request finds no copy that is older than the change. */
    private static void awaitEveryServer() {
        try {
            Thread.sleep(OLDEST_COPY.plusMillis(1).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("The change is stored; other servers see it within a second", e);
        }
    }
}
