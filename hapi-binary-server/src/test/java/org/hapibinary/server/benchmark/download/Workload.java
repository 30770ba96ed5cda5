/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.download;

import java.util.List;
import java.util.stream.Stream;

/**
 * One way to load a server.
 *
 * @param size of the file, in bytes
 * @param connections at once
 * @param gzip whether the file is asked for compressed
 * @param keepAlive whether connections are used for more than one request
 */
record Workload(long size, int connections, boolean gzip, boolean keepAlive) {

    static final long SMALL = 10 << 10;
    static final long MEBIBYTE = 1 << 20;
    static final long LARGE = 100 * MEBIBYTE;
    static final long HUGE = 1 << 30;

    /** From small files to large ones. */
    static List<Workload> all() {
        return Stream.of(
                        Stream.of(1, 8, 64).map(connections -> of(SMALL, connections)),
                        Stream.of(1, 8, 64).map(connections -> of(MEBIBYTE, connections)),
                        Stream.of(
                                new Workload(MEBIBYTE, 8, false, false),
                                new Workload(MEBIBYTE, 1, true, true),
                                new Workload(MEBIBYTE, 8, true, true)),
                        Stream.of(1, 8, 64).map(connections -> of(LARGE, connections)),
                        Stream.of(new Workload(LARGE, 1, true, true), new Workload(LARGE, 8, true, true)),
                        Stream.of(1, 8).map(connections -> of(HUGE, connections)))
                .flatMap(workloads -> workloads)
                .toList();
    }

    private static Workload of(long size, int connections) {
        return new Workload(size, connections, false, true);
    }

    /** Of small files requests are counted, of larger ones bytes. */
    boolean isCountedInRequests() {
        return size <= SMALL;
    }

    /** The first columns of a table. */
    String label() {
        return "%s%s | %d%s"
                .formatted(label(size), gzip ? ", gzip" : "", connections, keepAlive ? "" : ", new for each request");
    }

    /** The size as one says it, such as 10 KiB. */
    static String label(long size) {
        if (size < MEBIBYTE) {
            return (size >> 10) + " KiB";
        }
        return size < HUGE ? size / MEBIBYTE + " MiB" : size / HUGE + " GiB";
    }
}
