/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability.audit;

import ca.uhn.fhir.context.FhirVersionEnum;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.hapibinary.catalog.audit.AuditRows;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/**
 * Records what happens, so that no event is lost: it is in the database before the answer goes out, and stays there
 * until each sink has it, or it is in the log, if that is the only sink. If the database cannot take it, the sinks get
 * it at once. A download is in the database before its first byte is sent; if its server dies, another one reports it
 * as interrupted.
 */
public final class AuditTrail implements SmartLifecycle {

    /** Below those of web servers, which Spring stops first: the last download is recorded too. */
    private static final int PHASE = DEFAULT_PHASE - 4096;

    private final AuditRows rows;
    private final AuditEvents events;
    private final List<String> sinks;
    private final AuditDelivery delivery;
    private final Map<AuditAction, Counter> counters = new EnumMap<>(AuditAction.class);

    /**
     * @param rows keep events
     * @param version of the AuditEvents
     * @param sinks take them; none turns the trail off
     * @param meters the registry of the meters
     */
    public AuditTrail(AuditRows rows, FhirVersionEnum version, List<AuditSink> sinks, MeterRegistry meters) {
        this.rows = rows;
        this.events = new AuditEvents(version);
        this.sinks = sinks.stream().map(AuditSink::name).toList();
        this.delivery = new AuditDelivery(rows, sinks, meters, () -> count(AuditAction.DOWNLOAD));
        for (AuditAction action : AuditAction.values()) {
            counters.put(
                    action,
                    Counter.builder("hapi.binary.audit.events")
                            .description("Audit events, by what they are about")
                            .tag("action", action.code())
                            .register(meters));
        }
    }

    /** Records something, and returns when it cannot be lost any more. Does not fail. */
    public void record(AuditEntry entry) {
        if (isOn()) {
            count(entry);
            AuditRows.Row row = row(entry, false);
            if (!delivery.isTakenByLog(row)) {
                delivery.write(new AuditRows.Add(row));
                delivery.deliver(() -> row);
            }
        }
    }

    /** Makes a change of the catalog and records it, in one transaction: the caller's, if there is one. */
    public void recordWith(Runnable change, AuditEntry entry) {
        if (!isOn()) {
            change.run();
            return;
        }
        AuditRows.Row row = row(entry, false);
        rows.addWith(
                () -> {
                    change.run();
                    delivery.afterCommit(row, () -> count(entry));
                },
                row);
    }

    /**
     * Records the begin of something that takes time, and returns when that cannot be lost any more.
     *
     * @param interrupted what is recorded if this server dies before the end
     */
    public Open begin(AuditEntry interrupted) {
        if (!isOn()) {
            return new Open(interrupted, null);
        }
        AuditRows.Row row = row(interrupted, true);
        delivery.write(new AuditRows.Add(row));
        return new Open(interrupted, row);
    }

    /** Something that has begun and is recorded when it ends. */
    public final class Open {

        private final AuditEntry entry;
        private final AuditRows.@Nullable Row begun;

        private Open(AuditEntry entry, AuditRows.@Nullable Row begun) {
            this.entry = entry;
            this.begun = begun;
        }

        /**
         * Records the end, without waiting for the database.
         *
         * @param why a sentence; null for none
         * @param sent what was sent; null for nothing
         */
        public void end(Instant at, AuditEntry.Outcome how, @Nullable String why, AuditEntry.@Nullable SentFile sent) {
            if (begun != null) {
                AuditEntry ended = entry.ended(at, how, why, sent);
                count(ended);
                delivery.deliver(() -> row(ended, false));
            }
        }

        /** Records nothing: it never began. */
        public void cancel() {
            if (begun != null) {
                delivery.change(new AuditRows.Remove(begun.id()));
            }
        }
    }

    /** How many events a sink could not take so far, as of some seconds ago. */
    public long waiting() {
        return delivery.waiting();
    }

    private AuditRows.Row row(AuditEntry entry, boolean open) {
        return new AuditRows.Row(entry.id().toString(), open, events.of(entry), sinks, 0);
    }

    private boolean isOn() {
        return !sinks.isEmpty();
    }

    private void count(AuditEntry entry) {
        count(entry.action());
    }

    private void count(AuditAction action) {
        Objects.requireNonNull(counters.get(action)).increment();
    }

    @Override
    public void start() {
        if (isOn()) {
            delivery.start();
        }
    }

    /** Delivers what is waiting, for some seconds at most. What is left is in the database. */
    @Override
    public void stop() {
        delivery.stop();
    }

    @Override
    public boolean isRunning() {
        return delivery.isRunning();
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
