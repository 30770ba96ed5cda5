/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/** The requests of one client, or of unknown clients that cannot be distinguished. */
final class RequestFlow {

    private static final double OF_LATE_NANOS = (double) TimeUnit.SECONDS.toNanos(1);

    final Deque<Turn> waiting = new ArrayDeque<>();

    /** How many requests are waiting or under way; below, the recent average, and when it was calculated. */
    int open;

    /** How many requests have a place; below, how many are under way, with or without a place. */
    int running;

    int underWay;

    private double averageOpen;
    long averagedAt;

    /** How much of the server's time it has used, in nanoseconds, comparable with the queue's virtual time. */
    long served;

    /** @param now by the clock of {@link Processors}, in nanoseconds */
    RequestFlow(long now) {
        averagedAt = now;
    }

    long served() {
        return served;
    }

    double averageOpen(long now) {
        double weight = Math.exp((averagedAt - now) / OF_LATE_NANOS);
        return averageOpen * weight + open * (1 - weight);
    }

    void add(int requests, long now) {
        averageOpen = averageOpen(now);
        averagedAt = now;
        open += requests;
    }
}
