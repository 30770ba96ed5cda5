/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.hapibinary.problem.Problem;

/**
 * The memory for the bodies of all requests together. A few of the length that each may have are more than a small heap
 * has, and then it is everybody's requests that fail. A body is kept in one array, and is twice there while that is made.
 */
final class BodyRoom {

    /** Nobody needs room for so many bytes. */
    static final int FREE_BYTES = 1 << 20;

    private static final long PART_OF_THE_HEAP = 8;
    private static final int RETRY_AFTER_SECONDS = 1;
    private static final int BLOCK_BYTES = 64 << 10;

    private final int mebibytes;
    private final Semaphore room;

    /** @param bytes at least {@value #FREE_BYTES} */
    BodyRoom(long bytes) {
        this.mebibytes = (int) Math.min(bytes / FREE_BYTES, Integer.MAX_VALUE);
        this.room = new Semaphore(mebibytes);
    }

    /** An eighth of the memory that this JVM may use. */
    static BodyRoom inHeap() {
        return new BodyRoom(Math.max(Runtime.getRuntime().maxMemory() / PART_OF_THE_HEAP, FREE_BYTES));
    }

    /** What one body may have, in bytes, whatever its limit: it is no use to wait for more than there is. */
    long largest(long limit) {
        return Math.min(limit, (long) mebibytes * FREE_BYTES);
    }

    static Problem tooLong(long limit) {
        return Problem.tooLong("The body of a request may have " + limit + " bytes here, after decompression too.");
    }

    /** A place for one body. */
    Place place() {
        return new Place();
    }

    /** Grows with its body. For one thread. */
    final class Place implements AutoCloseable {

        private int taken;

        private Place() {}

        /**
         * Reads all there is.
         *
         * @param limit in bytes
         * @throws Problem 413 if there are more, 503 if the bodies of other requests have taken the room
         */
        byte[] read(InputStream from, long limit) throws IOException {
            List<byte[]> blocks = new ArrayList<>();
            int size = 0;
            byte[] block = from.readNBytes(BLOCK_BYTES);
            while (block.length > 0) {
                if (size + (long) block.length > limit) {
                    throw tooLong(limit);
                }
                size += block.length;
                growTo(size);
                blocks.add(block);
                block = from.readNBytes(BLOCK_BYTES);
            }
            ByteBuffer body = ByteBuffer.allocate(size);
            blocks.forEach(body::put);
            return body.array();
        }

        private void growTo(int bytes) {
            int needed = (bytes - 1) / FREE_BYTES;
            if (needed > taken) {
                if (!room.tryAcquire(needed - taken)) {
                    throw Problem.unavailable(
                            "The bodies of other requests take up what memory there is for them. Send this one again.",
                            RETRY_AFTER_SECONDS,
                            null);
                }
                taken = needed;
            }
        }

        /** When the body is not needed any more; once is enough. */
        @Override
        public void close() {
            room.release(taken);
            taken = 0;
        }
    }
}
