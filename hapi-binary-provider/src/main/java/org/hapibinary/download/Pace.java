/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import java.io.IOException;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Measures how fast a client takes a download, by the bytes written for it. The size of a write grows with the client's
 * progress: a slow client gets few bytes at a time, so that its rate is known early.
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

    /** @param slowest the minimum rate in bytes per second; 0 for no limit */
    Pace(long slowest) {
        this(slowest, System::nanoTime);
    }

    /**
     * @param slowest the minimum rate in bytes per second; 0 for no limit
     * @param nanoTime as {@link System#nanoTime}
     */
    Pace(long slowest, LongSupplier nanoTime) {
        this.slowest = slowest;
        this.nanoTime = nanoTime;
        this.since = nanoTime.getAsLong();
        this.stepBegan = since;
    }

    /** How many bytes to write next at most. Call it when the container is ready for more. */
    int step() {
        long now = nanoTime.getAsLong();
        boolean quick = now - stepBegan < NANOS_PER_SECOND;
        step = quick ? Math.min(2 * step, LARGEST_STEP) : Math.max(step / 2, FIRST_STEP);
        stepBegan = now;
        return step;
    }

    /** Records how many bytes were written. */
    void sent(int bytes) {
        sentSince += bytes;
    }

    /**
     * Evaluates {@link #isTooSlow}.
     *
     * @throws TooSlowException if it is
     */
    void requireFastEnough() throws TooSlowException {
        if (isTooSlow()) {
            throw new TooSlowException();
        }
    }

    /**
     * Whether the client is below the minimum rate. The rate is evaluated once a minute, or later if nothing was
     * written.
     */
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

    /** Thrown if the client is below the minimum rate. */
    static final class TooSlowException extends IOException {

        private static final long serialVersionUID = 1L;

        TooSlowException() {
            super("the client reads more slowly than hapi.binary.limits.slowest-download");
        }
    }
}
