/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.hapibinary.catalog.maintenance.CatalogFigures;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the catalog has now, of all servers together. It is read when a meter is, but not more often than every ten
 * seconds, however many ask.
 */
public final class CatalogGauges {

    private static final Logger log = LoggerFactory.getLogger(CatalogGauges.class);
    private static final Duration READ_EVERY = Duration.ofSeconds(10);

    private final Supplier<CatalogFigures> source;
    private @Nullable CatalogFigures last;
    private long readAt;
    private boolean wasRead;

    private CatalogGauges(Supplier<CatalogFigures> source) {
        this.source = source;
    }

    /**
     * Registers the meters.
     *
     * @param meters the registry of the meters
     * @param source reads the catalog
     */
    public static void register(MeterRegistry meters, Supplier<CatalogFigures> source) {
        CatalogGauges gauges = new CatalogGauges(source);
        gauges.exports(meters, "running", CatalogFigures::running);
        gauges.exports(meters, "complete", CatalogFigures::complete);
        gauges.exports(meters, "over", CatalogFigures::over);
        Gauge.builder(
                        "hapi.binary.erasures.oldest",
                        () -> gauges.value(figures -> figures.oldestOver().toSeconds()))
                .description("How long the oldest content that should have been erased has been waiting for it")
                .baseUnit("seconds")
                .register(meters);
    }

    private void exports(MeterRegistry meters, String state, ToDoubleFunction<CatalogFigures> figure) {
        Gauge.builder("hapi.binary.exports", () -> value(figure))
                .description("Exports, by state: running, complete, or over and not yet erased")
                .tag("state", state)
                .register(meters);
    }

    private double value(ToDoubleFunction<CatalogFigures> figure) {
        CatalogFigures now = figures();
        return now == null ? Double.NaN : figure.applyAsDouble(now);
    }

    private synchronized @Nullable CatalogFigures figures() {
        if (!wasRead || System.nanoTime() - readAt > READ_EVERY.toNanos()) {
            last = read();
            readAt = System.nanoTime();
            wasRead = true;
        }
        return last;
    }

    private @Nullable CatalogFigures read() {
        try {
            return source.get();
        } catch (RuntimeException e) {
            log.warn("The catalog cannot be counted for the meters: {}", e.getMessage());
            return null;
        }
    }
}
