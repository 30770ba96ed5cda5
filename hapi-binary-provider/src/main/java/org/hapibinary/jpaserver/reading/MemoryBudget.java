/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import java.util.concurrent.Semaphore;

/**
 * The memory that the exports of this server may take for resources at the same time: half of the heap. What a portion of
 * resources takes is known before it is read; portions that do not fit beside each other wait for each other.
 */
final class MemoryBudget {

    private static final int UNIT = 1024;

    private final int units;
    private final Semaphore free;

    MemoryBudget() {
        this(Runtime.getRuntime().maxMemory() / 2);
    }

    /** @param bytes at least 1 kB */
    MemoryBudget(long bytes) {
        this.units = (int) Math.min(Integer.MAX_VALUE, Math.max(1, bytes / UNIT));
        this.free = new Semaphore(units, true);
    }

    /** Whether so much fits at all. */
    boolean holds(long bytes) {
        return bytes / UNIT <= units;
    }

    /** What was taken, until it is closed. */
    final class Share implements AutoCloseable {

        private final int taken;

        private Share(int taken) {
            this.taken = taken;
        }

        @Override
        public void close() {
            free.release(taken);
        }
    }

    /** Waits until there is room for so many bytes, or until the budget is not used otherwise. */
    Share take(long bytes) {
        int taken = (int) Math.min(units, bytes / UNIT + 1);
        free.acquireUninterruptibly(taken);
        return new Share(taken);
    }
}
