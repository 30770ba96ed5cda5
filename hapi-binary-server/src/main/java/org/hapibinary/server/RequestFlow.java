/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/** The requests of one client, or of clients that cannot be told apart. */
final class RequestFlow {

    private static final double OF_LATE_NANOS = (double) TimeUnit.SECONDS.toNanos(1);

    final Deque<Turn> waiting = new ArrayDeque<>();

    /** How many requests have come and not ended: now, and on average of late, as it was at a time. */
    int open;

    /** How many have a place, and how many a thread. */
    int running;

    int underWay;

    private double averageOpen;
    long averagedAt = System.nanoTime();

    /** What it has had of the server's time, in nanoseconds; the virtual time is what all have had that want any. */
    long served;

    long served() {
        return served;
    }

    double averageOpen(long now) {
        double weight = Math.exp((averagedAt - now) / OF_LATE_NANOS);
        return averageOpen * weight + open * (1 - weight);
    }

    void add(int requests) {
        long now = System.nanoTime();
        averageOpen = averageOpen(now);
        averagedAt = now;
        open += requests;
    }
}
