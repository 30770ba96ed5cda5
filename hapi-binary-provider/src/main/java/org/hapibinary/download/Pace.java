/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How fast a client takes a download. It is measured by what has been written for it, and that in steps that grow as
 * they are taken: a slow client gets little at a time, so that it is soon known how slow it is.
 */
final class Pace {

    private static final long NANOS_PER_SECOND = Duration.ofSeconds(1).toNanos();
    private static final long AVERAGED_OVER = Duration.ofMinutes(1).toNanos();
    private static final int FIRST_STEP = 32 * 1024;
    private static final int LARGEST_STEP = 1024 * 1024;

    private final long slowest;
    private final LongSupplier nanoTime;
    private int step = FIRST_STEP;
    private long stepBegan;
    private long since;
    private long sentSince;

    /** @param slowest bytes a second at least; 0 for no limit */
    Pace(long slowest) {
        this(slowest, System::nanoTime);
    }

    /**
     * @param slowest bytes a second at least; 0 for no limit
     * @param nanoTime the time that passes
     */
    Pace(long slowest, LongSupplier nanoTime) {
        this.slowest = slowest;
        this.nanoTime = nanoTime;
        this.since = nanoTime.getAsLong();
        this.stepBegan = since;
    }

    /** How many bytes to write next at most. To be asked when the container is ready for more. */
    int step() {
        long now = nanoTime.getAsLong();
        boolean quick = now - stepBegan < NANOS_PER_SECOND;
        step = quick ? Math.min(2 * step, LARGEST_STEP) : Math.max(step / 2, FIRST_STEP);
        stepBegan = now;
        return step;
    }

    /** Takes note of what has been written. */
    void sent(int bytes) {
        sentSince += bytes;
    }

    /** Whether less was written than should have been; looked at once for each minute, or for longer if nothing was. */
    boolean isTooSlow() {
        long now = nanoTime.getAsLong();
        long passed = now - since;
        if (slowest == 0 || passed < AVERAGED_OVER) {
            return false;
        }
        boolean tooSlow = (double) sentSince * NANOS_PER_SECOND < (double) slowest * passed;
        since = now;
        sentSince = 0;
        return tooSlow;
    }
}
