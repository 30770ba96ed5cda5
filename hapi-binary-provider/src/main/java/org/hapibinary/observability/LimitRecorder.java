/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Counts the requests that were refused because a limit was reached, by the limit. */
public final class LimitRecorder {

    private static final String PROPERTIES = "hapi.binary.limits.";
    private static final String OTHER = "other";
    private static final List<String> LIMITS = List.of(
            "exports-per-client",
            "exports",
            "downloads-per-client",
            "downloads",
            "poll-interval",
            "stored-bytes-per-client",
            "stored-bytes");

    private final Map<String, Counter> counters;

    /** @param meters the registry of the meters */
    public LimitRecorder(MeterRegistry meters) {
        counters = Stream.concat(LIMITS.stream(), Stream.of(OTHER))
                .collect(Collectors.toUnmodifiableMap(limit -> limit, limit -> counter(meters, limit)));
    }

    private static Counter counter(MeterRegistry meters, String limit) {
        return Counter.builder("hapi.binary.limits.reached")
                .description("Requests refused with 429, by the limit that was reached")
                .tag("limit", limit)
                .register(meters);
    }

    /** @param limit the name of the property that sets the limit, or a description of a limit that nobody sets */
    public void reached(String limit) {
        String name = limit.startsWith(PROPERTIES) ? limit.substring(PROPERTIES.length()) : OTHER;
        Counter counter = counters.getOrDefault(name, counters.get(OTHER));
        if (counter != null) {
            counter.increment();
        }
    }
}
