/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.download;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.host.SeededFile;
import org.hapibinary.server.host.ServerProcess;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One file of 4 GiB, downloaded eight times at once from a server with a heap of 512 MiB: what it costs in memory, on
 * each store. System properties choose less: {@code benchmark.stores} and {@code benchmark.mebibytes}, the size of the
 * file.
 */
class EightLargeDownloadsBenchmark {

    private static final int AT_ONCE = 8;
    private static final Duration SETTLING = Duration.ofSeconds(20);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);
    private static final int LOOKS_BETWEEN_COLLECTIONS = 50;
    private static final long ALLOWED_HEAP = 32 << 20;

    @TempDir
    Path directory;

    static List<String> stores() {
        return BenchmarkStore.chosen();
    }

    @ParameterizedTest
    @MethodSource("stores")
    void theHeapInUseDiffersLittleFromAnIdleServers(String storeName) throws Exception {
        long size = Integer.getInteger("benchmark.mebibytes", 4096) * Workload.MEBIBYTE;
        try (TestIssuer issuer = new TestIssuer();
                BenchmarkStore store = BenchmarkStore.start(storeName, directory);
                LoadedServer server = LoadedServer.start(store, issuer, "-Xmx512m", List.of(Workload.MEBIBYTE, size))) {
            download(server, Workload.MEBIBYTE);
            LockSupport.parkNanos(SETTLING.toNanos());
            ServerProcess process = server.process();
            long idleHeap = process.liveHeapBytes();
            long idleResident = process.processes().residentKibibytes();

            ExecutorService clients = Executors.newFixedThreadPool(AT_ONCE);
            long begun = System.nanoTime();
            List<Future<Void>> downloads = Stream.generate(() -> (Callable<Void>) () -> {
                        download(server, size);
                        return null;
                    })
                    .limit(AT_ONCE)
                    .map(clients::submit)
                    .toList();
            long heap = 0;
            long resident = 0;
            for (int look = 1; !downloads.stream().allMatch(Future::isDone); look++) {
                LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
                resident = Math.max(resident, process.processes().residentKibibytes());
                if (look == 1 || look % LOOKS_BETWEEN_COLLECTIONS == 0) {
                    heap = Math.max(heap, process.liveHeapBytes());
                }
            }
            double seconds = (System.nanoTime() - begun) / 1e9;
            for (Future<Void> download : downloads) {
                download.get();
            }
            clients.shutdown();
            report(storeName, size, idleHeap, heap, idleResident, resident, seconds);
            assertThat(heap - idleHeap).isLessThan(ALLOWED_HEAP);
        }
    }

    /** To the error stream, past the test runner's files. */
    private static void report(
            String store, long size, long idleHeap, long heap, long idleResident, long resident, double seconds) {
        System.err.printf(
                "%s, %d x %d MiB at once: heap in use %.1f MiB idle, %.1f MiB at most, %+.1f MiB;"
                        + " resident %.1f MiB idle, %.1f MiB at most; %.1f s, %.0f MiB/s together%n",
                store,
                AT_ONCE,
                size >> 20,
                idleHeap / 1048576.0,
                heap / 1048576.0,
                (heap - idleHeap) / 1048576.0,
                idleResident / 1024.0,
                resident / 1024.0,
                seconds,
                AT_ONCE * (size >> 20) / seconds);
    }

    private static void download(LoadedServer server, long size) throws IOException {
        HttpResponse<InputStream> response =
                server.client().getStream(server.file(size).path());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(SeededFile.sha256Of(response.body()))
                .isEqualTo(server.file(size).sha256());
    }
}
