/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.plugin;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.hapibinary.authorization.hold.HeldClients;
import org.hapibinary.catalog.operator.HeldClientRows;
import org.hapibinary.catalog.operator.HeldClientRows.Held;
import org.hapibinary.lifecycle.Revocation;
import org.hapibinary.lifecycle.Revocation.Ended;
import org.hapibinary.observability.OperatorLog;
import org.jspecify.annotations.Nullable;

/** What an operator can do, whichever way. Each action is recorded with the operator who does it. */
public final class OperatorActions {

    private static final int MOST_HELD = 1_000;

    private final HeldClients held;
    private final HeldClientRows heldRows;
    private final Revocation revocation;
    private final OnDemand onDemand;
    private final OperatorLog log;

    OperatorActions(
            HeldClients held, HeldClientRows heldRows, Revocation revocation, OnDemand onDemand, OperatorLog log) {
        this.held = held;
        this.heldRows = heldRows;
        this.revocation = revocation;
        this.onDemand = onDemand;
        this.log = log;
    }

    /**
     * Puts a client on hold: from the return on, every server refuses its requests; its downloads end within seconds.
     *
     * @param reason for other operators
     * @throws IllegalArgumentException if a text is empty or too long
     */
    public void hold(String operator, String issuer, String clientId, String reason) {
        requireLength("The issuer", issuer, HeldClientRows.MAX_ISSUER_LENGTH);
        requireLength("The client", clientId, HeldClientRows.MAX_CLIENT_LENGTH);
        requireLength("The reason", reason, HeldClientRows.MAX_REASON_LENGTH);
        OperatorLog.Client client = new OperatorLog.Client(issuer, clientId);
        recorded(operator, "hold", null, client, reason, () -> {
            held.hold(issuer, clientId, operator, reason);
            return Map.of();
        });
    }

    private static void requireLength(String what, String text, int longest) {
        if (text.isBlank() || text.length() > longest) {
            throw new IllegalArgumentException(what + " must have from 1 to " + longest + " characters");
        }
    }

    /**
     * Ends the hold of a client. From the return on, every server answers it.
     *
     * @param reason for the record; null for none
     * @return false if it was not on hold
     */
    public boolean release(String operator, String issuer, String clientId, @Nullable String reason) {
        OperatorLog.Client client = new OperatorLog.Client(issuer, clientId);
        return recorded(
                        operator,
                        "release",
                        null,
                        client,
                        reason,
                        () -> Map.of("released", held.release(issuer, clientId) ? 1L : 0L))
                .containsValue(1L);
    }

    /** The clients on hold, the latest first; {@value #MOST_HELD} at most. */
    public List<Held> held() {
        return heldRows.list(MOST_HELD);
    }

    /**
     * Ends an export in any state and has its files erased.
     *
     * @return empty if there is no such export
     */
    public Optional<Ended> end(String operator, String exportId) {
        Map<String, Long> ended = recorded(operator, "end-export", exportId, null, null, () -> revocation
                .end(exportId)
                .map(OperatorActions::countsOf)
                .orElse(Map.of()));
        return ended.isEmpty() ? Optional.empty() : Optional.of(endedOf(ended));
    }

    /** Ends all exports of a client in any state, and has their files erased. */
    public Ended endAll(String operator, String issuer, String clientId) {
        Map<String, Long> ended = recorded(
                operator,
                "end-client",
                null,
                new OperatorLog.Client(issuer, clientId),
                null,
                () -> countsOf(revocation.endAll(issuer, clientId)));
        return endedOf(ended);
    }

    private static Map<String, Long> countsOf(Ended ended) {
        return Map.of("exports", ended.exports(), "files", ended.files(), "bytes", ended.bytes());
    }

    /** Erases what is due, and returns when that is done. */
    public void sweep(String operator) {
        recorded(operator, "sweep", null, null, null, () -> {
            onDemand.sweep().run(() -> true);
            return Map.of();
        });
    }

    /** Erases content without a row. Returns how many contents there were. */
    public int eraseOrphans(String operator) {
        Map<String, Long> erased = recorded(
                operator,
                "orphans",
                null,
                null,
                null,
                () -> Map.of("erased", (long) onDemand.orphans().run(() -> true)));
        return (int) count(erased, "erased");
    }

    /**
     * Binds the store to this catalog.
     *
     * @throws IOException if the store cannot record it
     */
    public void adopt(String operator) throws IOException {
        try {
            recorded(operator, "adopt", null, null, null, () -> {
                try {
                    onDemand.binding().adopt();
                    return Map.of();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static Ended endedOf(Map<String, Long> counts) {
        return new Ended(count(counts, "exports"), count(counts, "files"), count(counts, "bytes"));
    }

    private static long count(Map<String, Long> counts, String what) {
        return counts.getOrDefault(what, 0L);
    }

    /** Records what was done, or that it failed half-way. */
    private Map<String, Long> recorded(
            String operator,
            String name,
            @Nullable String exportId,
            OperatorLog.@Nullable Client client,
            @Nullable String reason,
            Supplier<Map<String, Long>> work) {
        try {
            Map<String, Long> counts = work.get();
            log.done(new OperatorLog.Action(operator, name, exportId, client, reason, counts));
            return counts;
        } catch (RuntimeException e) {
            log.failed(new OperatorLog.Action(operator, name, exportId, client, reason, Map.of()));
            throw e;
        }
    }
}
