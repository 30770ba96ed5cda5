/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Buffers outside the heap, used again and again: only the garbage collector could free them, and it does not see how
 * large they are. However many downloads there are, they are no more than {@value #MAX_BUFFERS}.
 */
final class DirectBuffers {

    private static final int MAX_BUFFERS = 64;
    private static final int BUFFER_BYTES = 256 * 1024;

    private final Cleaner collected = Cleaner.create();
    private final Semaphore free = new Semaphore(MAX_BUFFERS);
    private final Queue<ByteBuffer> idle = new ConcurrentLinkedQueue<>();

    /** A buffer, or null when all are in use. */
    @Nullable
    Lent take() {
        if (!free.tryAcquire()) {
            return null;
        }
        ByteBuffer used = idle.poll();
        if (used != null) {
            return new Lent(used);
        }
        try {
            return new Lent(ByteBuffer.allocateDirect(BUFFER_BYTES));
        } catch (OutOfMemoryError e) {
            free.release();
            return null;
        }
    }

    /**
     * A buffer in use. Its use ends once, however often and by however many threads that is said: a buffer that was
     * given back twice would be used by two downloads.
     */
    final class Lent {

        private final ByteBuffer buffer;
        private final AtomicBoolean inUse = new AtomicBoolean(true);

        private Lent(ByteBuffer buffer) {
            this.buffer = buffer;
        }

        ByteBuffer buffer() {
            return buffer;
        }

        /**
         * Ends the use of a buffer of which nobody knows whether it is still being sent. It is never used again, and
         * counts until the garbage collector has freed it.
         */
        void forget() {
            if (inUse.compareAndSet(true, false)) {
                collected.register(buffer, free::release);
            }
        }

        /** Ends the use of a buffer that nobody touches any more. */
        void giveBack() {
            if (inUse.compareAndSet(true, false)) {
                idle.add(buffer);
                free.release();
            }
        }
    }
}
