/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The readings of stores by downloads: a share of the container's threads at once, so that a store that hangs leaves
 * the other threads to everything else. Further ones wait for their turn, but not once the store hangs.
 */
final class StoreReads {

    /** A store that has not answered one of so many readings for so long hangs. */
    private static final long HANGS_AFTER = Duration.ofSeconds(2).toNanos();

    private static final long LOOK_AGAIN_MILLIS = 100;

    private final Semaphore free;
    private volatile long lastBegun = System.nanoTime();
    private volatile long lastAnswered = lastBegun;
    private volatile boolean hangs;

    /** @param most at once, at least 1 */
    StoreReads(int most) {
        this.free = new Semaphore(most);
    }

    interface Reading<T> {
        T read() throws IOException;
    }

    /**
     * Reads, or waits for it.
     *
     * @throws HangingStoreException if all readings that there may be at once get no answer
     */
    <T> T read(Reading<T> reading) throws IOException {
        take();
        long begun = System.nanoTime();
        lastBegun = begun;
        try {
            return reading.read();
        } finally {
            long ended = System.nanoTime();
            if (ended - begun < HANGS_AFTER) {
                lastAnswered = ended;
            }
            hangs = ended - lastAnswered >= HANGS_AFTER;
            free.release();
        }
    }

    private void take() throws IOException {
        try {
            while (!free.tryAcquire(hangs ? 0 : LOOK_AGAIN_MILLIS, TimeUnit.MILLISECONDS)) {
                long now = System.nanoTime();
                if (hangs || (now - lastBegun >= HANGS_AFTER && now - lastAnswered >= HANGS_AFTER)) {
                    hangs = true;
                    throw new HangingStoreException();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("Interrupted while waiting for a turn to read the store");
        }
    }

    /** The store does not answer, and as many readings as there may be wait for it. */
    static final class HangingStoreException extends IOException {

        private static final long serialVersionUID = 1L;

        HangingStoreException() {
            super("The store answers none of the readings that wait for it");
        }
    }
}
