/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.body;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.hapibinary.problem.Problem;

/**
 * The memory budget for the bodies of all requests, of which one client can use at most half. A few bodies of the
 * maximum length would fill a small heap and make all requests fail. The budget counts more than the bytes: a parser
 * turns one mebibyte of empty JSON objects into 40 times as much.
 */
final class BodyRoom {

    /** A body that takes up to so many bytes of memory does not count. */
    static final int FREE_BYTES = 64 << 10;

    private static final long PART_OF_THE_HEAP = 4;
    private static final int RETRY_AFTER_SECONDS = 1;
    private static final int BLOCK_BYTES = 64 << 10;

    /** A body is kept in one array. While that is being built, the bytes are in memory twice. */
    private static final int BYTES_OF_A_BYTE = 2;

    /**
     * The memory of an element in a JSON tree or of a pair of a form, together with HAPI's model of the resource.
     * Measured with HAPI 8.8.0: from 40 bytes for an empty object to 260 for a resource in a bundle.
     */
    private static final int BYTES_OF_AN_ELEMENT = 160;

    private static final BodyRoom IN_HEAP =
            new BodyRoom(Math.max(Runtime.getRuntime().maxMemory() / PART_OF_THE_HEAP, 1 << 20));

    private final int blocks;
    private final int blocksOfClient;
    private final IncomingBodies incoming = new IncomingBodies();
    private final Map<Object, Integer> takenByClient = new HashMap<>();
    private int taken;

    /** @param bytes the budget, at least {@value #FREE_BYTES} */
    BodyRoom(long bytes) {
        this.blocks = (int) Math.min(bytes / FREE_BYTES, Integer.MAX_VALUE);
        this.blocksOfClient = Math.max(1, blocks / 2);
    }

    /** The budget of this JVM, shared by all servers in it: a quarter of the maximum heap. */
    static BodyRoom inHeap() {
        return IN_HEAP;
    }

    /** The bodies that are being received. */
    IncomingBodies incoming() {
        return incoming;
    }

    /** The maximum length of one body in bytes: its limit, but no more than fits into its client's half. */
    long largest(long limit) {
        return Math.min(limit, (long) blocksOfClient * FREE_BYTES / BYTES_OF_A_BYTE);
    }

    static Problem tooLong(long limit) {
        return Problem.tooLong("The body of a request may have " + limit + " bytes here, after decompression too.");
    }

    /**
     * How many elements of JSON or XML, or pairs of a form, begin in these bytes. For other formats it is an estimate.
     */
    private static int elements(byte... bytes) {
        int elements = 0;
        for (byte character : bytes) {
            switch (character) {
                case '{', '[', ',', '<', '&' -> elements++;
                default -> {}
            }
        }
        return elements;
    }

    private synchronized void take(Object client, int more) {
        int ofClient = takenByClient.getOrDefault(client, 0) + more;
        if (ofClient > blocksOfClient) {
            throw Problem.throttled(
                    "an eighth of the server's heap",
                    "The bodies of this client's requests take up what memory there is for those of one client.",
                    RETRY_AFTER_SECONDS);
        }
        if (taken + more > blocks) {
            throw Problem.unavailable(
                    "The bodies of other requests take up what memory there is for them. Send this one again.",
                    RETRY_AFTER_SECONDS,
                    null);
        }
        taken += more;
        takenByClient.put(client, ofClient);
    }

    private synchronized void giveBack(Object client, int some) {
        taken -= some;
        takenByClient.computeIfPresent(client, (key, ofClient) -> ofClient > some ? ofClient - some : null);
    }

    /**
     * Opens an account for one body.
     *
     * @param client equal for all requests of one client
     */
    Place place(Object client) {
        return new Place(client);
    }

    /** The share of one body, which grows with it. Not thread-safe. */
    final class Place implements AutoCloseable {

        private final Object client;
        private int grownTo;

        private Place(Object client) {
            this.client = client;
        }

        /**
         * Reads a body to its end.
         *
         * @param limit in bytes
         * @throws Problem 413 if the body is longer, or has more elements than the budget allows; 429 if the client's
         *     other bodies fill its half, 503 if the bodies of all clients fill the budget
         */
        byte[] read(InputStream from, long limit) throws IOException {
            List<byte[]> parts = new ArrayList<>();
            int size = 0;
            long memory = 0;
            byte[] part = from.readNBytes(BLOCK_BYTES);
            while (part.length > 0) {
                if (size + (long) part.length > limit) {
                    throw tooLong(limit);
                }
                size += part.length;
                memory += (long) BYTES_OF_A_BYTE * part.length + (long) BYTES_OF_AN_ELEMENT * elements(part);
                growTo(memory);
                parts.add(part);
                part = from.readNBytes(BLOCK_BYTES);
            }
            ByteBuffer body = ByteBuffer.allocate(size);
            parts.forEach(body::put);
            return body.array();
        }

        private void growTo(long memory) {
            long needed = (memory - 1) / FREE_BYTES;
            if (needed > blocksOfClient) {
                throw Problem.tooLong(
                        "This server does not have the memory for a body of so many elements. Send it in several"
                                + " parts.");
            }
            if (needed > grownTo) {
                take(client, (int) needed - grownTo);
                grownTo = (int) needed;
            }
        }

        /** Returns the share when the body is no longer needed. Further calls do nothing. */
        @Override
        public void close() {
            giveBack(client, grownTo);
            grownTo = 0;
        }
    }
}
