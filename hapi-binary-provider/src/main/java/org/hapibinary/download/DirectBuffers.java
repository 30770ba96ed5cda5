/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
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
    ByteBuffer take() {
        if (!free.tryAcquire()) {
            return null;
        }
        ByteBuffer used = idle.poll();
        if (used != null) {
            return used;
        }
        try {
            return ByteBuffer.allocateDirect(BUFFER_BYTES);
        } catch (OutOfMemoryError e) {
            free.release();
            return null;
        }
    }

    /**
     * Ends the use of a buffer of which nobody knows whether it is still being sent. It is never used again, and counts
     * until the garbage collector has freed it.
     */
    void forget(ByteBuffer buffer) {
        collected.register(buffer, free::release);
    }

    void giveBack(ByteBuffer buffer) {
        idle.add(buffer);
        free.release();
    }
}
