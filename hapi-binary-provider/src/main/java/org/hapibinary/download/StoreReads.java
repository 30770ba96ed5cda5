/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Limits how many downloads read stores at once (a bulkhead), so that a hanging store does not block all threads of the
 * container. Further reads wait for their turn, but fail at once while the store hangs.
 */
final class StoreReads {

    /** A store hangs if none of the reads under way was answered for so long. */
    private static final long HANGS_AFTER = Duration.ofSeconds(2).toNanos();

    private static final long LOOK_AGAIN_MILLIS = 100;

    private final Semaphore free;
    private volatile long lastBegun = System.nanoTime();
    private volatile long lastAnswered = lastBegun;
    private volatile boolean hangs;

    /** @param most how many reads may run at once, at least 1 */
    StoreReads(int most) {
        this.free = new Semaphore(most);
    }

    interface Reading<T> {
        T read() throws IOException;
    }

    /**
     * Waits for its turn and reads.
     *
     * @throws HangingStoreException if all permitted reads are under way and the store does not answer them
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

    /** Thrown if the store does not answer any of the permitted reads. */
    static final class HangingStoreException extends IOException {

        private static final long serialVersionUID = 1L;

        HangingStoreException() {
            super("The store answers none of the readings that wait for it");
        }
    }
}
