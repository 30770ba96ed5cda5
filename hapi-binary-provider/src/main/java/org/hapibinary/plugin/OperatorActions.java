/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.plugin;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
        held.hold(issuer, clientId, operator, reason);
        record(operator, "hold", null, new OperatorLog.Client(issuer, clientId), reason, Map.of());
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
        boolean wasHeld = held.release(issuer, clientId);
        if (wasHeld) {
            record(operator, "release", null, new OperatorLog.Client(issuer, clientId), reason, Map.of());
        }
        return wasHeld;
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
        Optional<Ended> ended = revocation.end(exportId);
        ended.ifPresent(counts -> record(operator, "end-export", exportId, null, null, countsOf(counts)));
        return ended;
    }

    /** Ends all exports of a client in any state, and has their files erased. */
    public Ended endAll(String operator, String issuer, String clientId) {
        Ended ended = revocation.endAll(issuer, clientId);
        record(operator, "end-client", null, new OperatorLog.Client(issuer, clientId), null, countsOf(ended));
        return ended;
    }

    private static Map<String, Long> countsOf(Ended ended) {
        return Map.of("exports", ended.exports(), "files", ended.files(), "bytes", ended.bytes());
    }

    /** Erases what is due, and returns when that is done. */
    public void sweep(String operator) {
        onDemand.sweep().run(() -> true);
        record(operator, "sweep", null, null, null, Map.of());
    }

    /** Erases content without a row. Returns how many contents there were. */
    public int eraseOrphans(String operator) {
        int erased = onDemand.orphans().run(() -> true);
        record(operator, "orphans", null, null, null, Map.of("erased", (long) erased));
        return erased;
    }

    /**
     * Binds the store to this catalog.
     *
     * @throws IOException if the store cannot record it
     */
    public void adopt(String operator) throws IOException {
        onDemand.binding().adopt();
        record(operator, "adopt", null, null, null, Map.of());
    }

    private void record(
            String operator,
            String name,
            @Nullable String exportId,
            OperatorLog.@Nullable Client client,
            @Nullable String reason,
            Map<String, Long> counts) {
        log.done(new OperatorLog.Action(operator, name, exportId, client, reason, counts));
    }
}
