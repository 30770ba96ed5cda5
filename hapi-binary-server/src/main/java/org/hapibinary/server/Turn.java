/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import org.jspecify.annotations.Nullable;

/**
 * A request in the queue, with its client and its use of time. The queue's lock guards all fields but the client
 * and what {@link #startsHere} sets, which the volatile {@code thread} publishes.
 */
final class Turn {

    static final long NOT_STARTED = -1;

    final Object sender;
    final Runnable resume;
    private volatile @Nullable Object client;
    Object charges;
    long charged;
    long begun;
    volatile long thread = NOT_STARTED;
    long lookedAt;
    boolean isLong;

    /** The thread's CPU time at its last check, in nanoseconds; below, the time of that check. */
    long used;

    long usedAt;

    /**
     * @param sender identifies its flow: the client if it is already known, else its address
     * @param resume called when its turn has come, if it had to wait; must not take long
     */
    Turn(Object sender, Runnable resume) {
        this.sender = sender;
        this.charges = sender;
        this.resume = resume;
    }

    /**
     * Records that the current thread runs it from now on.
     *
     * @param cpuNanos the CPU time that the thread has used before
     * @param now the time by {@link Processors#now}
     */
    void startsHere(long cpuNanos, long now) {
        used = cpuNanos;
        usedAt = now;
        thread = Thread.currentThread().getId();
    }

    /** Sets its client, which is charged from now on. */
    void isOf(Object client) {
        this.client = client;
    }

    /** The client; null before it is authenticated. */
    @Nullable
    Object client() {
        return client;
    }
}
