/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.download;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.load.Load;
import org.hapibinary.server.load.LoadClient;
import org.hapibinary.server.load.LoadClients;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How many small downloads a second a server answers by a redirect to its S3 store, beside one that sends what it reads
 * there. The redirects are not followed: what comes then is the store's. Needs {@code wrk}.
 */
class RedirectBenchmark {

    private static final long LENGTH = 10 << 10;
    private static final int CONNECTIONS = 8;
    private static final int WARM_UP = 20;
    private static final Duration TURN = Duration.ofSeconds(2);

    @TempDir
    static Path directory;

    private final int rounds = Integer.getInteger("benchmark.rounds", 7);

    @Test
    void besideAServerThatSendsTheContentItself() throws Exception {
        try (TestIssuer issuer = new TestIssuer();
                LoadClients clients = new LoadClients(directory);
                BenchmarkStore oneStore = BenchmarkStore.start("s3", directory.resolve("redirect"))
                        .with("hapi.binary.download.offload=redirect");
                BenchmarkStore otherStore = BenchmarkStore.start("s3", directory.resolve("send"));
                LoadedServer redirecting = LoadedServer.start(oneStore, issuer, "-Xmx1g", List.of(LENGTH));
                LoadedServer sending = LoadedServer.start(otherStore, issuer, "-Xmx1g", List.of(LENGTH))) {
            LoadClient client = clients.wrk().orElseThrow(() -> new IllegalStateException("This needs wrk."));
            assertAnswer(redirecting, 307, 0);
            assertAnswer(sending, 200, LENGTH);
            List<Load> redirects = new ArrayList<>();
            List<Load> contents = new ArrayList<>();
            for (int round = -WARM_UP; round < rounds; round++) {
                Load redirected = load(client, redirecting, 0);
                Load sent = load(client, sending, LENGTH);
                if (round >= 0) {
                    redirects.add(redirected);
                    contents.add(sent);
                }
            }
            report("redirect", redirects);
            report("content from S3", contents);
        }
    }

    private static void assertAnswer(LoadedServer server, int status, long length) {
        var answer = server.client().get(server.file(LENGTH).path());
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.body()).hasSize((int) length);
    }

    private static Load load(LoadClient client, LoadedServer server, long length) throws Exception {
        return client.run(
                server.download(LENGTH),
                length,
                CONNECTIONS,
                true,
                TURN,
                server.process().processes());
    }

    /** To the error stream, past the test runner's files. */
    private static void report(String what, List<Load> loads) {
        System.err.printf(
                Locale.ROOT,
                "%s: %s requests/s, %s ms of CPU a request%n",
                what,
                figures("%,.0f", loads, load -> load.answers() / load.seconds()),
                figures("%.2f", loads, load -> 1e3 * load.cpuSeconds() / load.answers()));
    }

    /** The median, with the least and the most. */
    private static String figures(String format, List<Load> loads, ToDoubleFunction<Load> figure) {
        Ratio figures = Ratio.of(loads.stream().mapToDouble(figure));
        return String.format(
                Locale.ROOT,
                format + " [" + format + "–" + format + "]",
                figures.median(),
                figures.least(),
                figures.most());
    }
}
