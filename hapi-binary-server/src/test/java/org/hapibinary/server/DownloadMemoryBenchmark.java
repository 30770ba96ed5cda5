/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One file of 1 GiB, downloaded eight times at once from a server with a heap of 768 MiB: what it costs in memory. */
class DownloadMemoryBenchmark {

    private static final long SIZE = 1L << 30;
    private static final int AT_ONCE = 8;
    private static final Duration SETTLING = Duration.ofSeconds(20);

    @TempDir
    static Path directory;

    @Test
    void eightDownloadsAtOnce() throws Exception {
        int port = RunningServer.freePort();
        SeededFile file = seed(port);
        try (ServerProcess server = ServerProcess.start("-Xmx768m", directory, port)) {
            LockSupport.parkNanos(SETTLING.toNanos());
            long idle = server.residentKibibytes();
            long peak = idle;
            Instant start = Instant.now();
            ExecutorService clients = Executors.newFixedThreadPool(AT_ONCE);
            List<Future<Void>> downloads = Stream.generate(() -> (Callable<Void>) () -> {
                        download(port, file);
                        return null;
                    })
                    .limit(AT_ONCE)
                    .map(clients::submit)
                    .toList();
            while (!downloads.stream().allMatch(Future::isDone)) {
                peak = Math.max(peak, server.residentKibibytes());
                LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
            }
            double seconds = Duration.between(start, Instant.now()).toMillis() / 1000.0;
            for (Future<Void> download : downloads) {
                download.get();
            }
            clients.shutdown();
            report(idle, peak, seconds);
        }
    }

    /** To the error stream, past the test runner's files. */
    private static void report(long idle, long peak, double seconds) {
        System.err.printf(
                "%d x 1 GiB at once: idle %.1f MiB resident, peak %.1f MiB, growth %.1f MiB;"
                        + " %.1f s, %.0f MiB/s together, clients hashing on the same machine%n",
                AT_ONCE, idle / 1024.0, peak / 1024.0, (peak - idle) / 1024.0, seconds, AT_ONCE * 1024 / seconds);
    }

    private static void download(int port, SeededFile file) throws IOException {
        HttpResponse<InputStream> response =
                ExportClient.bySecret(port, "system/*.rs").getStream(file.path());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(SeededFile.sha256Of(response.body())).isEqualTo(file.sha256());
    }

    /** In the database and the store of the server that is started afterwards. */
    private static SeededFile seed(int port) throws IOException {
        try (RunningServer server = RunningServer.start(
                port, directory, "spring.datasource.url=jdbc:h2:file:" + directory.resolve("data/h2/fhir"))) {
            return SeededFile.in(server, SIZE);
        }
    }
}
