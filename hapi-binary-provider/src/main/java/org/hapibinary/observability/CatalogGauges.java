/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);

    private final Supplier<CatalogFigures> source;
    private @Nullable CompletableFuture<Optional<CatalogFigures>> last;
    private long readAt;

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

    /** Waits for a moment only: a scrape must not fail because the database hangs, which other meters tell. */
    private @Nullable CatalogFigures figures() {
        CompletableFuture<Optional<CatalogFigures>> reading = reading();
        return reading.copy()
                .completeOnTimeout(Optional.empty(), LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS)
                .join()
                .orElse(null);
    }

    private synchronized CompletableFuture<Optional<CatalogFigures>> reading() {
        boolean isOld = System.nanoTime() - readAt > READ_EVERY.toNanos();
        if (last == null || (isOld && last.isDone())) {
            CompletableFuture<Optional<CatalogFigures>> next = new CompletableFuture<>();
            Thread thread = new Thread(() -> next.complete(read()), "hapi-binary meters of the catalog");
            thread.setDaemon(true);
            thread.start();
            readAt = System.nanoTime();
            last = next;
        }
        return last;
    }

    private Optional<CatalogFigures> read() {
        try {
            return Optional.of(source.get());
        } catch (Throwable e) {
            log.warn("The catalog cannot be counted for the meters: {}", e.getMessage());
            return Optional.empty();
        }
    }
}
