/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.plugin;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.hapibinary.authorization.hold.HeldClients;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportAuthorization;
import org.hapibinary.catalog.operator.HeldClientRows;
import org.hapibinary.catalog.operator.HeldClientRows.Held;
import org.hapibinary.lifecycle.Revocation;
import org.hapibinary.lifecycle.Revocation.Ended;
import org.hapibinary.observability.OperatorLog;
import org.hapibinary.observability.OperatorLog.Action;
import org.hapibinary.observability.audit.AuditEntry;
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
        Action action = Action.of(operator, "hold").on(issuer, clientId).because(reason);
        recorded(action, () -> held.hold(issuer, clientId, operator, reason));
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
        Action action = Action.of(operator, "release").on(issuer, clientId).because(reason);
        return recorded(action, () -> held.release(issuer, clientId), wasHeld -> Map.of("released", wasHeld ? 1L : 0L));
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
        Action toEnd = Action.of(operator, "end-export");
        Action action = revocation
                .find(exportId)
                .map(export -> on(export, toEnd))
                .orElseGet(() -> toEnd.on(new AuditEntry.Subject(exportId, null, null, List.of())));
        Optional<Ended> ended = tried(action, () -> revocation.end(exportId));
        ended.ifPresentOrElse(what -> log.done(action.affecting(countsOf(what))), () -> log.foundNothing(action));
        return ended;
    }

    private static Action on(Export export, Action action) {
        ExportAuthorization owner = export.authorization();
        return action.on(AuditEntry.Subject.of(export)).on(owner.issuer(), owner.clientId());
    }

    /** Ends all exports of a client in any state, and has their files erased. */
    public Ended endAll(String operator, String issuer, String clientId) {
        return recorded(
                Action.of(operator, "end-client").on(issuer, clientId),
                () -> revocation.endAll(issuer, clientId),
                OperatorActions::countsOf);
    }

    private static Map<String, Long> countsOf(Ended ended) {
        return Map.of("exports", ended.exports(), "files", ended.files(), "bytes", ended.bytes());
    }

    /** Erases what is due, and returns when that is done. */
    public void sweep(String operator) {
        recorded(Action.of(operator, "sweep"), () -> onDemand.sweep().run(() -> true));
    }

    /** Erases content without a row. Returns how many contents there were. */
    public int eraseOrphans(String operator) {
        return recorded(
                Action.of(operator, "orphans"),
                () -> onDemand.orphans().run(() -> true),
                erased -> Map.of("erased", (long) erased));
    }

    /**
     * Binds the store to this catalog.
     *
     * @throws IOException if the store cannot record it
     */
    public void adopt(String operator) throws IOException {
        recorded(Action.of(operator, "adopt"), onDemand.binding()::adopt);
    }

    /** What an operator does. */
    private interface Work<T, E extends Exception> {
        T run() throws E;
    }

    /** What an operator does, if there is nothing to tell of it but that it was done. */
    private interface Deed<E extends Exception> {
        void run() throws E;
    }

    private <E extends Exception> void recorded(Action action, Deed<E> deed) throws E {
        recorded(
                action,
                () -> {
                    deed.run();
                    return true;
                },
                done -> Map.of());
    }

    /**
     * Records what was done, or that it failed half-way.
     *
     * @param counts how much was affected
     */
    private <T, E extends Exception> T recorded(Action action, Work<T, E> work, Function<T, Map<String, Long>> counts)
            throws E {
        T result = tried(action, work);
        log.done(action.affecting(counts.apply(result)));
        return result;
    }

    /** Records only that it failed half-way. */
    private <T, E extends Exception> T tried(Action action, Work<T, E> work) throws E {
        boolean done = false;
        try {
            T result = work.run();
            done = true;
            return result;
        } finally {
            if (!done) {
                log.failed(action);
            }
        }
    }
}
