/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.download;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.ProcessGroup;
import org.hapibinary.server.load.Latency;
import org.hapibinary.server.load.PoliteClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Fifty clients that want more than their share, beside one that does not: what they cost it, and what they cost the
 * server. The system property {@code benchmark.seconds} chooses less.
 */
class GreedyClientsBenchmark {

    private static final String HEAP = "-Xmx512m";
    private static final long MAY_GROW = 64L << 20;
    private static final int COLLECTIONS = 3;
    private static final String POLITE = "polite";

    @TempDir
    static Path directory;

    private Map<String, Latency> quiet = Map.of();

    @Test
    void aPoliteClientIsServedMeanwhile() throws Exception {
        Duration time = Duration.ofSeconds(Integer.getInteger("benchmark.seconds", 60));
        Map<String, Integer> files = new HashMap<>(GreedyCrowd.files());
        files.put(POLITE, 1 << 20);
        try (CrowdedServer server = new CrowdedServer(directory, HEAP, files);
                PoliteClient polite = polite(server)) {
            polite.work(time);
            work(polite, server, time, "alone");
            quiet = polite.latencies();
            long before = mostInUse(server, polite);
            long during;
            try (GreedyCrowd crowd = GreedyCrowd.start(server)) {
                System.err.printf("%d greedy clients%n", crowd.count());
                polite.work(time);
                work(polite, server, time, "beside the greedy");
                report(crowd);
                polite.latencies().forEach(this::compare);
                during = mostInUse(server, polite);
                assertOnlyRefusals(crowd.clients().answers());
            }
            polite.work(time.dividedBy(4));
            long after = mostInUse(server, polite);
            System.err.printf("heap in use: before %,d, during %,d, after %,d%n", before, during, after);

            assertThat(polite.failures()).isEmpty();
            assertThat(during - before).isLessThan(MAY_GROW);
            assertThat(after - before).isLessThan(MAY_GROW);
        }
    }

    /** Its tokens are JWTs and opaque ones in turn. */
    private static PoliteClient polite(CrowdedServer server) {
        String scope = "system/*.rs";
        AtomicInteger tokens = new AtomicInteger();
        Supplier<String> newToken = () ->
                tokens.getAndIncrement() % 2 == 0 ? server.token(POLITE, scope) : server.opaqueToken(POLITE, scope);
        ExportClient client = server.client(POLITE, scope);
        String jobId = client.startExport("/$export?_type=Patient");
        assertThat(client.awaitEnd(jobId).statusCode()).isEqualTo(200);
        return new PoliteClient(server.port(), newToken, server.file(POLITE), "/$export-poll-status?_jobId=" + jobId);
    }

    /** To the error stream, past the test runner's files. */
    private static void work(PoliteClient polite, CrowdedServer server, Duration time, String when) throws IOException {
        ProcessGroup processes = server.process().processes();
        double cpu = processes.cpuSeconds();
        polite.work(time);
        System.err.printf(
                "%s, %d s: the server used %.1f s of CPU, has %d threads and %d MiB resident; exports took %s;"
                        + " failures: %s%n",
                when,
                time.toSeconds(),
                processes.cpuSeconds() - cpu,
                processes.threads(),
                processes.residentKibibytes() >> 10,
                polite.exports(),
                polite.failures());
    }

    private void compare(String kind, Latency greedy) {
        Latency alone = quiet.getOrDefault(kind, new Latency(Double.NaN, Double.NaN));
        System.err.printf(
                "%-12s | %.1f | %.1f | %.1f | %.1f | %.1f%n",
                kind,
                alone.median(),
                greedy.median(),
                alone.percentile99(),
                greedy.percentile99(),
                greedy.percentile99() / alone.percentile99());
    }

    private static void report(GreedyCrowd crowd) {
        crowd.clients().answers().forEach((kind, counts) -> System.err.printf("%s: %s%n", kind, counts));
        crowd.clients().examples().forEach((kind, body) -> System.err.printf("%s, for example: %s%n", kind, body));
        System.err.printf(
                "slow downloads: %d served, %d at their rate%n",
                crowd.slow().served(), crowd.slow().upToRate());
    }

    private static void assertOnlyRefusals(Map<String, Map<String, Long>> answers) {
        assertThat(answers.values()).allSatisfy(counts -> assertThat(counts.keySet())
                .allSatisfy(answer -> assertThat(answer).matches("[1-4]\\d\\d|503|cut")));
    }

    /** The polite client goes on between the collections, which stop everything. */
    private static long mostInUse(CrowdedServer server, PoliteClient polite) throws IOException {
        long most = 0;
        for (int i = 0; i < COLLECTIONS; i++) {
            most = Math.max(most, server.process().liveHeapBytes());
            polite.work(Duration.ofSeconds(1));
        }
        return most;
    }
}
