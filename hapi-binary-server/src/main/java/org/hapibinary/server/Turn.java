/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import org.jspecify.annotations.Nullable;

/**
 * One request in the queue: whom it is charged to and what it has used. All but its client is under the queue's lock.
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

    /** What the thread had used, and when. */
    long used;

    long usedAt;

    /**
     * @param sender whose flow it belongs to, as far as is known yet
     * @param resume called when it is its turn, if it has had to wait; must not take long
     */
    Turn(Object sender, Runnable resume) {
        this.sender = sender;
        this.charges = sender;
        this.resume = resume;
    }

    /**
     * From now on the current thread runs it.
     *
     * @param cpuNanos that the thread has used before
     */
    void startsHere(long cpuNanos) {
        used = cpuNanos;
        usedAt = System.nanoTime();
        thread = Thread.currentThread().getId();
    }

    /** Its client is known now, and is charged for it. */
    void isOf(Object client) {
        this.client = client;
    }

    /** The client, null as long as it is not known. */
    @Nullable
    Object client() {
        return client;
    }
}
