/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.download;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.host.ProcessGroup;
import org.hapibinary.server.load.Latency;
import org.hapibinary.server.load.LoadRequest;
import org.hapibinary.server.load.SlowClients;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A thousand clients download at 100 kB/s each, while another one reads metadata every few milliseconds: what they cost
 * it, and what they cost the server in threads and memory. System properties choose less: {@code benchmark.clients} and
 * {@code benchmark.seconds}.
 */
class SlowClientsBenchmark {

    private static final long SIZE = 64 * Workload.MEBIBYTE;
    private static final long BYTES_PER_SECOND = 100_000;
    private static final Duration PAUSE = Duration.ofMillis(5);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @TempDir
    static Path directory;

    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void metadataIsReadMeanwhile() throws Exception {
        int clients = Integer.getInteger("benchmark.clients", 1_000);
        Duration time = Duration.ofSeconds(Integer.getInteger("benchmark.seconds", 60));
        try (TestIssuer issuer = new TestIssuer();
                BenchmarkStore store = BenchmarkStore.start("filesystem", directory);
                LoadedServer server = LoadedServer.start(store, issuer, ComparedServer.HEAP, List.of(SIZE))) {
            LoadRequest metadata = server.metadata(SIZE);
            readMetadata(metadata, time.dividedBy(4));
            report("without slow clients", readMetadata(metadata, time.dividedBy(2)), server);
            try (SlowClients slow = SlowClients.start(server.download(SIZE), clients, BYTES_PER_SECOND)) {
                report("with " + clients + " slow clients", readMetadata(metadata, time), server);
                System.err.printf(
                        "of %d slow clients %d were served, %d at their rate of %d kB/s%n",
                        clients, slow.served(), slow.upToRate(), BYTES_PER_SECOND / 1000);
            }
        }
    }

    private Metadata readMetadata(LoadRequest metadata, Duration time) throws IOException, InterruptedException {
        HttpRequest.Builder get = HttpRequest.newBuilder(metadata.uri()).timeout(PATIENCE);
        metadata.headers().forEach(get::header);
        HttpRequest request = get.build();
        LongStream.Builder nanos = LongStream.builder();
        int unanswered = 0;
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < end) {
            long begun = System.nanoTime();
            try {
                assertThat(http.send(request, BodyHandlers.discarding()).statusCode())
                        .isEqualTo(200);
            } catch (HttpTimeoutException e) {
                unanswered++;
            }
            nanos.add(System.nanoTime() - begun);
            LockSupport.parkNanos(PAUSE.toNanos());
        }
        return new Metadata(Latency.ofNanos(nanos.build()), unanswered);
    }

    /** @param unanswered requests that the client has given up */
    private record Metadata(Latency latency, int unanswered) {}

    /** To the error stream, past the test runner's files. */
    private static void report(String when, Metadata read, LoadedServer server) {
        ProcessGroup processes = server.process().processes();
        System.err.printf(
                "metadata %s: median %.2f ms, 99th percentile %.2f ms, %d unanswered after %d s;"
                        + " the server has %d threads and %d MiB resident%n",
                when,
                read.latency().median(),
                read.latency().percentile99(),
                read.unanswered(),
                PATIENCE.toSeconds(),
                processes.threads(),
                processes.residentKibibytes() >> 10);
    }
}
