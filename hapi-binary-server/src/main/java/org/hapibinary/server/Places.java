/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Decides how many requests run at once, and which of them keep their place. Used under the queue's lock. */
final class Places {

    /** How often the number of places is adjusted, and the loads, of 1, below and above which it grows and shrinks. */
    private static final long COUNT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final double IDLE = 0.85;
    private static final double BUSY = 0.95;
    private static final int MOST_PER_PROCESSOR = 32;

    /**
     * The share of a processor, of 1, from which on a request counts as computing. On a busy machine, requests share
     * the processors, so the threshold is lower and the request is watched for longer.
     */
    private static final double COMPUTES = 0.5;

    private static final double COMPUTES_ON_BUSY = 0.1;
    private static final int WATCHED_ON_BUSY = 5;

    private final int fewest;
    private final int most;
    private final long placeNanos;
    private final Processors processors;

    private int number;
    private double load;
    private long counted;

    /**
     * @param fixed the number of places; null for one for each processor, and more while the processors are idle
     * @param place the minimum time for which a request keeps its place while others wait
     */
    Places(@Nullable Integer fixed, Duration place, Processors processors) {
        this.fewest = fixed == null ? Runtime.getRuntime().availableProcessors() : fixed;
        this.most = fixed == null ? fewest * MOST_PER_PROCESSOR : fixed;
        this.number = fewest;
        this.placeNanos = place.toNanos();
        this.processors = processors;
    }

    int number() {
        return number;
    }

    /** Whether a request is only waiting, such as for its body, so that another one gets its place. */
    boolean losesPlace(Turn turn, long now) {
        long thread = turn.thread;
        boolean isBusy = load > BUSY;
        long passed = thread == Turn.NOT_STARTED ? 0 : now - turn.usedAt;
        if (passed < (isBusy ? WATCHED_ON_BUSY * placeNanos : placeNanos / 2)) {
            return false;
        }
        long used = processors.used(thread);
        double share = (double) (used - turn.used) / passed;
        turn.used = used;
        turn.usedAt = now;
        return share < (isBusy ? COMPUTES_ON_BUSY : COMPUTES);
    }

    /**
     * Adjusts the number of places: more while the processors are idle, because requests wait for a database; fewer
     * while they are busy; unchanged in between.
     */
    void count(long now) {
        if (now - counted >= COUNT_NANOS) {
            counted = now;
            load = processors.load();
            if (load < IDLE) {
                number = Math.min(most, number + fewest);
            } else if (load > BUSY) {
                number = Math.max(fewest, number - fewest);
            }
        }
    }
}
