/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.health;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.catalog.schema.DatabaseClock;
import org.hapibinary.health.HealthCheck.Finding;
import org.hapibinary.lifecycle.StoreBinding;
import org.hapibinary.lifecycle.Sweep;
import org.hapibinary.storage.ContentStore;

/** The health of the plugin's parts: catalog, store, issuerKeys, sweep and clock. */
public final class Healths {

    private static final Duration STORE_REMEMBERED = Duration.ofSeconds(30);
    private static final Duration OTHERS_REMEMBERED = Duration.ofSeconds(5);

    private final CatalogDatabase database;
    private final ContentStore store;
    private final StoreBinding binding;
    private final Supplier<Set<String>> issuersWithoutKeys;
    private final Sweep sweep;
    private final Duration sweepInterval;

    /**
     * @param issuersWithoutKeys the issuers of which no key is known, and whose keys cannot be fetched either
     * @param sweepInterval between two sweeps
     */
    public Healths(
            CatalogDatabase database,
            ContentStore store,
            StoreBinding binding,
            Supplier<Set<String>> issuersWithoutKeys,
            Sweep sweep,
            Duration sweepInterval) {
        this.database = database;
        this.store = store;
        this.binding = binding;
        this.issuersWithoutKeys = issuersWithoutKeys;
        this.sweep = sweep;
        this.sweepInterval = sweepInterval;
    }

    /** The checks, by the names of the parts. */
    public Map<String, HealthCheck> checks() {
        Map<String, HealthCheck> checks = new LinkedHashMap<>();
        checks.put("catalog", new RememberedCheck("the catalog", OTHERS_REMEMBERED, this::catalog));
        checks.put("clock", new RememberedCheck("the clock", STORE_REMEMBERED, this::clock));
        checks.put("issuerKeys", new RememberedCheck("the issuers' keys", OTHERS_REMEMBERED, this::issuerKeys));
        checks.put("store", new RememberedCheck("the store", STORE_REMEMBERED, this::store));
        checks.put("sweep", new RememberedCheck("the sweep", OTHERS_REMEMBERED, this::sweep));
        return checks;
    }

    /** Registers a meter of each check. */
    public static void register(Map<String, HealthCheck> checks, MeterRegistry meters) {
        checks.forEach((part, check) -> Gauge.builder(
                        "hapi.binary.health", () -> check.check().up() ? 1 : 0)
                .description("Whether a part of the plugin works: 1, or else 0")
                .tag("part", part)
                .register(meters));
    }

    private Finding catalog() {
        long began = System.nanoTime();
        database.databaseNow();
        return Finding.works()
                .with(
                        "answeredInMillis",
                        Duration.ofNanos(System.nanoTime() - began).toMillis());
    }

    private Finding clock() {
        Duration ahead = DatabaseClock.difference(database);
        Finding finding = ahead.abs().compareTo(DatabaseClock.LARGEST_DIFFERENCE) > 0
                ? Finding.broken("The clocks of server and database differ by too much: set both by NTP")
                : Finding.works();
        return finding.with("aheadOfTheDatabaseInMillis", ahead.toMillis());
    }

    private Finding issuerKeys() {
        Set<String> without = issuersWithoutKeys.get();
        return without.isEmpty()
                ? Finding.works()
                : Finding.broken("No key is known of these issuers, and they do not answer: their tokens are refused")
                        .with("issuers", without);
    }

    private Finding store() throws Exception {
        new StoreProbe(store).run();
        return binding.holds()
                ? Finding.works()
                : Finding.broken("It works, but is not known to be the catalog's: nothing is erased or resumed");
    }

    private Finding sweep() {
        Finding finding = sweep.isLate(sweepInterval)
                ? Finding.broken("No sweep has succeeded for more than three intervals: nothing is erased")
                : Finding.works();
        return finding.with("secondsSinceTheLast", sweep.sinceSuccess().toSeconds());
    }
}
