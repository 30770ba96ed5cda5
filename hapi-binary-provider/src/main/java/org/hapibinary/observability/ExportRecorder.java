/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Counts the resources that exports read ({@code hapi.binary.export.resources}, by the way of reading). */
public final class ExportRecorder {

    private final MeterRegistry meters;
    private final Map<String, Counter> counters = new ConcurrentHashMap<>();

    /** @param meters the registry of the meters */
    public ExportRecorder(MeterRegistry meters) {
        this.meters = meters;
    }

    /**
     * Counts resources.
     *
     * @param way in which they were read: stored, parsed or searched
     */
    public void read(String way, int resources) {
        counters.computeIfAbsent(way, this::counter).increment(resources);
    }

    private Counter counter(String way) {
        return Counter.builder("hapi.binary.export.resources")
                .description("Resources written to files of exports, by the way in which they were read")
                .tag("read", way.toLowerCase(Locale.ROOT))
                .register(meters);
    }
}
