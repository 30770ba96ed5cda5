/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.download;

import java.util.List;
import java.util.stream.Stream;
import org.hapibinary.server.load.Protocol;

/**
 * One way to load a server.
 *
 * @param size of the file, in bytes
 * @param connections at once
 * @param gzip whether the file is asked for compressed
 * @param keepAlive whether connections are used for more than one request
 */
record Workload(long size, int connections, boolean gzip, boolean keepAlive, Protocol protocol) {

    static final long SMALL = 10 << 10;
    static final long MEBIBYTE = 1 << 20;
    static final long LARGE = 100 * MEBIBYTE;
    static final long HUGE = 1 << 30;

    /** From small files to large ones. */
    static List<Workload> all() {
        return Stream.of(
                        kept(SMALL, 1, 8, 64),
                        renewed(SMALL, 1, 8),
                        over(Protocol.TLS, SMALL, 8),
                        over(Protocol.HTTP2, SMALL, 8),
                        kept(MEBIBYTE, 1, 8, 64),
                        renewed(MEBIBYTE, 1, 8),
                        over(Protocol.TLS, MEBIBYTE, 1, 8),
                        over(Protocol.HTTP2, MEBIBYTE, 1, 8),
                        compressed(MEBIBYTE, 1, 8),
                        kept(LARGE, 1, 8, 64),
                        renewed(LARGE, 1, 8),
                        over(Protocol.TLS, LARGE, 1, 8),
                        over(Protocol.HTTP2, LARGE, 1, 8),
                        compressed(LARGE, 1, 8),
                        kept(HUGE, 1, 8),
                        renewed(HUGE, 1, 8))
                .flatMap(workloads -> workloads)
                .toList();
    }

    private static Stream<Workload> kept(long size, Integer... connections) {
        return over(Protocol.PLAIN, size, connections);
    }

    private static Stream<Workload> renewed(long size, Integer... connections) {
        return Stream.of(connections).map(count -> new Workload(size, count, false, false, Protocol.PLAIN));
    }

    private static Stream<Workload> compressed(long size, Integer... connections) {
        return Stream.of(connections).map(count -> new Workload(size, count, true, true, Protocol.PLAIN));
    }

    private static Stream<Workload> over(Protocol protocol, long size, Integer... connections) {
        return Stream.of(connections).map(count -> new Workload(size, count, false, true, protocol));
    }

    boolean isPlain() {
        return protocol == Protocol.PLAIN;
    }

    /** Of small files requests are counted, of larger ones bytes. */
    boolean isCountedInRequests() {
        return size <= SMALL;
    }

    /** The first columns of a table. */
    String label() {
        return "%s%s | %d%s%s"
                .formatted(
                        label(size),
                        gzip ? ", gzip" : "",
                        connections,
                        keepAlive ? "" : ", new for each request",
                        isPlain() ? "" : ", " + protocol.label());
    }

    /** The size as one says it, such as 10 KiB. */
    static String label(long size) {
        if (size < MEBIBYTE) {
            return (size >> 10) + " KiB";
        }
        return size < HUGE ? size / MEBIBYTE + " MiB" : size / HUGE + " GiB";
    }
}
