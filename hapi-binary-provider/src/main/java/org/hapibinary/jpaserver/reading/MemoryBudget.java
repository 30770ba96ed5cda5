/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import java.util.concurrent.Semaphore;
import java.util.function.LongPredicate;

/**
 * The memory that the exports of this server take for resources at the same time: a fixed amount, however many there
 * are. What a portion of resources takes is known before it is read; portions that do not fit beside each other wait
 * for each other. A resource that is larger than the budget is read alone, if the rest of the server leaves so much of
 * the heap.
 */
final class MemoryBudget {

    private static final int UNIT = 1024;
    private static final long BYTES = 40L * 1024 * 1024;

    private final int units;
    private final LongPredicate heapHasRoom;
    private final Semaphore free;

    MemoryBudget() {
        this(Math.min(BYTES, Runtime.getRuntime().maxMemory() / 2), Heap::hasRoomFor);
    }

    /**
     * @param bytes at least 1 kB
     * @param heapHasRoom whether so many bytes can be had now
     */
    MemoryBudget(long bytes, LongPredicate heapHasRoom) {
        this.units = (int) Math.min(Integer.MAX_VALUE, Math.max(1, bytes / UNIT));
        this.heapHasRoom = heapHasRoom;
        this.free = new Semaphore(units, true);
    }

    /** What was taken, until it is closed. */
    final class Share implements AutoCloseable {

        private final int taken;
        private final boolean isLarge;
        private final boolean suffices;

        private Share(int taken, boolean isLarge, boolean suffices) {
            this.taken = taken;
            this.isLarge = isLarge;
            this.suffices = suffices;
        }

        /** Whether what was asked for is more than the budget. */
        boolean isLarge() {
            return isLarge;
        }

        /** Whether what was asked for fits into the heap. */
        boolean suffices() {
            return suffices;
        }

        @Override
        public void close() {
            free.release(taken);
        }
    }

    /** Waits until there is room for so many bytes; for more than the budget, until nothing else is read. */
    Share take(long bytes) {
        long wanted = bytes / UNIT + 1;
        int taken = (int) Math.min(units, wanted);
        boolean isLarge = wanted > units + 1L;
        free.acquireUninterruptibly(taken);
        try {
            return new Share(taken, isLarge, !isLarge || heapHasRoom.test(bytes));
        } catch (RuntimeException | Error e) {
            free.release(taken);
            throw e;
        }
    }
}
