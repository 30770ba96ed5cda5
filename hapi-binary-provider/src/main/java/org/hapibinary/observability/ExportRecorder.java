/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Records the work on exports and how they end, in meters without ids. */
public final class ExportRecorder {

    private static final List<String> WAYS = List.of("stored", "parsed", "searched");
    private static final List<String> OUTCOMES = List.of("complete", "failed", "deleted");

    private final Map<String, Counter> resources;
    private final Map<String, Timer> ends;
    private final Counter bytes;

    /** @param meters the registry of the meters */
    public ExportRecorder(MeterRegistry meters) {
        resources = WAYS.stream().collect(Collectors.toUnmodifiableMap(way -> way, way -> resources(meters, way)));
        ends = OUTCOMES.stream().collect(Collectors.toUnmodifiableMap(end -> end, end -> ends(meters, end)));
        bytes = Counter.builder("hapi.binary.export.bytes")
                .description("Bytes of NDJSON written to files of exports, before compression")
                .baseUnit("bytes")
                .register(meters);
    }

    private static Counter resources(MeterRegistry meters, String way) {
        return Counter.builder("hapi.binary.export.resources")
                .description("Resources written to files of exports, by the way in which they were read")
                .tag("read", way)
                .register(meters);
    }

    private static Timer ends(MeterRegistry meters, String outcome) {
        return Timer.builder("hapi.binary.export.duration")
                .description("Exports that have ended, from the kick-off to the end, by how they ended")
                .tag("outcome", outcome)
                .register(meters);
    }

    /**
     * Counts resources.
     *
     * @param way in which they were read: stored, parsed or searched
     * @throws IllegalArgumentException if it is none of these
     */
    public void read(String way, int number) {
        known(resources, way).increment(number);
    }

    /** Counts the bytes of a file that was written. */
    public void written(long fileBytes) {
        bytes.increment((double) fileBytes);
    }

    /**
     * A running export has ended.
     *
     * @param outcome complete, failed or deleted
     * @param took the time since its kick-off
     * @throws IllegalArgumentException if it is none of these
     */
    public void ended(String outcome, Duration took) {
        known(ends, outcome).record(took.isNegative() ? Duration.ZERO : took);
    }

    private static <T> T known(Map<String, T> meters, String tag) {
        T meter = meters.get(tag.toLowerCase(Locale.ROOT));
        if (meter == null) {
            throw new IllegalArgumentException("There is no meter of " + tag);
        }
        return meter;
    }
}
