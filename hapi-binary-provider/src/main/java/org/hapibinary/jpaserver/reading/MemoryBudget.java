/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import java.util.concurrent.Semaphore;
import java.util.function.LongPredicate;

/**
 * Limits the memory that all exports of this server together use for resources. The memory of a portion is known before
 * it is read; portions that do not fit into the budget together wait for each other. A resource that is larger than the
 * budget is read alone, if the heap has room for it.
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
     * @param bytes the budget, at least 1 KiB
     * @param heapHasRoom whether the heap has room for so many bytes now
     */
    MemoryBudget(long bytes, LongPredicate heapHasRoom) {
        this.units = (int) Math.min(Integer.MAX_VALUE, Math.max(1, bytes / UNIT));
        this.heapHasRoom = heapHasRoom;
        this.free = new Semaphore(units, true);
    }

    /** A share of the budget. {@link #close} returns it. */
    final class Share implements AutoCloseable {

        private final int taken;
        private final boolean isLarge;
        private final boolean suffices;

        private Share(int taken, boolean isLarge, boolean suffices) {
            this.taken = taken;
            this.isLarge = isLarge;
            this.suffices = suffices;
        }

        /** Whether the requested memory is more than the budget. */
        boolean isLarge() {
            return isLarge;
        }

        /** Whether the requested memory fits into the heap. */
        boolean suffices() {
            return suffices;
        }

        @Override
        public void close() {
            free.release(taken);
        }
    }

    /** Waits until the budget has room for so many bytes; for more than the budget, until all of it is free. */
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
