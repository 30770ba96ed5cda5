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
 * A pool of at most {@value #MAX_BUFFERS} direct buffers. They are reused because only the garbage collector frees
 * direct buffers, and it does not see how large they are.
 */
final class DirectBuffers {

    private static final int MAX_BUFFERS = 64;
    private static final int BUFFER_BYTES = 256 * 1024;

    private final Cleaner collected = Cleaner.create();
    private final Semaphore free = new Semaphore(MAX_BUFFERS);
    private final Queue<ByteBuffer> idle = new ConcurrentLinkedQueue<>();

    /** Takes a buffer; null if all are in use. */
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
     * A buffer in use. Its use ends only once, even if several threads end it: a buffer that was returned twice would
     * be used by two downloads.
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
         * Gives up a buffer that the container may still be sending. It is not reused, and it counts until the garbage
         * collector has freed it.
         */
        void forget() {
            if (inUse.compareAndSet(true, false)) {
                collected.register(buffer, free::release);
            }
        }

        /** Returns a buffer that is no longer in use by the container. */
        void giveBack() {
            if (inUse.compareAndSet(true, false)) {
                idle.add(buffer);
                free.release();
            }
        }
    }
}
