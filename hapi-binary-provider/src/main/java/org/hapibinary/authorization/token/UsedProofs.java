/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import com.google.common.hash.Hashing;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.hapibinary.authorization.Caller;
import org.hapibinary.problem.Problem;

/**
 * Remembers used proofs of possession as long as they could be replayed (RFC 9449 §11.1). None is dropped earlier to
 * make room for others: a client that uses too many has to wait, and all clients have to if the total is too high. The
 * identifier of a proof, of any length, takes 16 bytes of its hash.
 */
final class UsedProofs {

    static final int MOST_OF_A_CLIENT = 25_000;
    static final int MOST = 250_000;

    private static final Duration BETWEEN_SWEEPS = Duration.ofSeconds(1);

    private final Duration lifetime;
    private final Clock clock;

    /** By issuer and client, the oldest first. */
    private final Map<Client, Map<Proof, Instant>> endsByClient = new HashMap<>();

    private int all;
    private Instant nextSweep = Instant.MIN;

    private record Client(String issuer, String id) {}

    private record Proof(long one, long other) {

        static Proof of(String id) {
            ByteBuffer hash = ByteBuffer.wrap(
                    Hashing.sha256().hashString(id, StandardCharsets.UTF_8).asBytes());
            return new Proof(hash.getLong(), hash.getLong());
        }
    }

    /**
     * @param lifetime how long after its use a proof could be replayed
     * @param clock measures the lifetime
     */
    UsedProofs(Duration lifetime, Clock clock) {
        this.lifetime = lifetime;
        this.clock = clock;
    }

    /**
     * Marks a proof as used.
     *
     * @param id its {@code jti}
     * @return false if it was used before
     * @throws Problem 429 if the client has used too many proofs lately, 503 if all clients together have
     */
    synchronized boolean use(Caller caller, String id) {
        Instant now = clock.instant();
        if (!now.isBefore(nextSweep)) {
            sweep(now);
        }
        Client client = new Client(caller.issuer(), caller.clientId());
        Map<Proof, Instant> used = endsByClient.getOrDefault(client, Map.of());
        Proof proof = Proof.of(id);
        if (used.containsKey(proof)) {
            return false;
        }
        if (used.size() >= MOST_OF_A_CLIENT) {
            throw Problem.throttled(
                    MOST_OF_A_CLIENT + " proofs in " + lifetime.toSeconds() + " s",
                    "This client has sent too many proofs of possession.",
                    secondsUntil(used.values().iterator().next(), now));
        }
        if (all >= MOST) {
            throw Problem.unavailable(
                    "The server has been sent too many proofs of possession.", (int) lifetime.toSeconds(), null);
        }
        endsByClient.computeIfAbsent(client, any -> new LinkedHashMap<>()).put(proof, now.plus(lifetime));
        all++;
        return true;
    }

    private static int secondsUntil(Instant end, Instant now) {
        return (int) Math.max(1, Duration.between(now, end).plus(BETWEEN_SWEEPS).toSeconds());
    }

    private void sweep(Instant now) {
        for (Iterator<Map<Proof, Instant>> clients = endsByClient.values().iterator(); clients.hasNext(); ) {
            Map<Proof, Instant> used = clients.next();
            for (Iterator<Instant> ends = used.values().iterator();
                    ends.hasNext() && ends.next().isBefore(now); ) {
                ends.remove();
                all--;
            }
            if (used.isEmpty()) {
                clients.remove();
            }
        }
        nextSweep = now.plus(BETWEEN_SWEEPS);
    }

    /** How many proofs are remembered now. */
    synchronized int count() {
        return all;
    }
}
