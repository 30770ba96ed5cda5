/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Counts the requests to the plugin that were answered with an error ({@code hapi.binary.refusals}, by reason). */
public final class RefusalRecorder {

    private final MeterRegistry meters;
    private final ActivityRecorder activity;
    private final Map<String, Counter> counters = new ConcurrentHashMap<>();

    /**
     * @param meters the registry of the meters
     * @param activity counts for the operator's page
     */
    public RefusalRecorder(MeterRegistry meters, ActivityRecorder activity) {
        this.meters = meters;
        this.activity = activity;
    }

    /**
     * Counts a refusal.
     *
     * @param reason one of a fixed set of words
     */
    public void refused(String reason) {
        counters.computeIfAbsent(reason, this::counter).increment();
        activity.refusal(reason);
    }

    private Counter counter(String reason) {
        return Counter.builder("hapi.binary.refusals")
                .description("Requests to the plugin that were answered with an error, by its reason")
                .tag("reason", reason)
                .register(meters);
    }
}
