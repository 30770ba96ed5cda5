/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.schema;

import java.time.Duration;
import java.time.Instant;
import org.hapibinary.catalog.CatalogDatabase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the server's clock with the database's. The database's clock measures heartbeats and claims of chunks,
 * the server's measures expiry and the pauses of erasures: two servers with different clocks disagree on which files
 * have expired.
 */
public final class DatabaseClock {

    /** A larger difference is logged as a warning. */
    public static final Duration WORTH_A_WARNING = Duration.ofSeconds(5);

    /** With a larger difference the server does not start. */
    public static final Duration LARGEST_DIFFERENCE = Duration.ofSeconds(30);

    private static final Logger log = LoggerFactory.getLogger(DatabaseClock.class);

    private DatabaseClock() {}

    /** How far the server's clock is ahead, without the time of the query; negative if it is behind. */
    public static Duration difference(CatalogDatabase database) {
        Instant before = database.now();
        Instant there = database.inNewTransaction(database::databaseNow);
        Instant after = database.now();
        if (there.isBefore(before)) {
            return Duration.between(there, before);
        }
        return there.isAfter(after) ? Duration.between(there, after) : Duration.ZERO;
    }

    /**
     * Compares the clocks. Call it at the start.
     *
     * @return how far the server's clock is ahead, without the time of the query; negative if it is behind
     * @throws IllegalStateException if they differ by more than {@link #LARGEST_DIFFERENCE}
     */
    public static Duration requireAgreement(CatalogDatabase database) {
        Duration ahead = difference(database);
        if (ahead.abs().compareTo(LARGEST_DIFFERENCE) > 0) {
            Instant here = database.now();
            throw new IllegalStateException("The server's clock (" + here + ") and the database's ("
                    + here.minus(ahead) + ") differ by more than " + LARGEST_DIFFERENCE.toSeconds()
                    + " s: set both by NTP. Files would expire too early or too late");
        }
        if (ahead.abs().compareTo(WORTH_A_WARNING) > 0) {
            log.warn(
                    "The server's clock is {} s ahead of the database's (if negative, behind): set both by NTP",
                    ahead.toMillis() / 1000.0);
        }
        return ahead;
    }
}
