/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.download;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.server.RestfulServer;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import jakarta.persistence.EntityManagerFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.host.RunningServer;
import org.hapibinary.server.host.SeededFile;
import org.hapibinary.testing.FreePorts;
import org.hibernate.SessionFactory;
import org.hibernate.stat.Statistics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the gate adds to a request: measured between two interceptors, one right before it and one right after it, while
 * one client reads the metadata of a file over HTTP. Requests with a token seen before and with tokens never seen take
 * turns.
 */
class GateBenchmark {

    private static final int WARM_UP = 5_000;
    private static final int ROUNDS = 10;
    private static final int REQUESTS_PER_ROUND = 1_000;

    @TempDir
    static Path directory;

    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void onH2() throws Exception {
        measure("H2", "spring.datasource.url=jdbc:h2:file:" + directory.resolve("h2/fhir"));
    }

    @Test
    void onPostgresql() throws Exception {
        try (EmbeddedPostgres postgres = FreePorts.postgres()) {
            measure(
                    "PostgreSQL",
                    "spring.datasource.url=" + postgres.getJdbcUrl("postgres", "postgres"),
                    "spring.datasource.username=postgres");
        }
    }

    private void measure(String database, String... properties) throws Exception {
        try (TestIssuer issuer = new TestIssuer();
                RunningServer server = RunningServer.start(
                        directory,
                        Stream.concat(
                                        Stream.of(properties),
                                        Stream.of(
                                                "hapi.binary.authorization.issuers[0].issuer="
                                                        + "http://localhost:${server.port}",
                                                "hapi.binary.authorization.issuers[1].issuer=" + issuer.url()))
                                .toArray(String[]::new))) {
            String base = "http://localhost:" + server.port() + "/fhir";
            URI metadata = URI.create(base + "/Binary/"
                    + SeededFile.in(server, 1 << 20, issuer.url(), "bench").binaryId());
            List<String> known = List.of(token(issuer, base));
            GateTimer timer = new GateTimer(server.bean(RestfulServer.class));
            read(metadata, known, WARM_UP);
            timer.take();

            Statistics statistics = server.bean(EntityManagerFactory.class)
                    .unwrap(SessionFactory.class)
                    .getStatistics();
            statistics.setStatisticsEnabled(true);
            LongStream.Builder ofKnown = LongStream.builder();
            LongStream.Builder ofNew = LongStream.builder();
            long statements = 0;
            for (int round = 0; round < ROUNDS; round++) {
                long before = statistics.getPrepareStatementCount();
                read(metadata, known, REQUESTS_PER_ROUND);
                statements += statistics.getPrepareStatementCount() - before;
                timer.take().forEach(ofKnown::add);
                read(
                        metadata,
                        Stream.generate(() -> token(issuer, base))
                                .limit(REQUESTS_PER_ROUND)
                                .toList(),
                        REQUESTS_PER_ROUND);
                timer.take().forEach(ofNew::add);
            }
            report(database + ", token seen before", ofKnown.build());
            report(database + ", token never seen", ofNew.build());
            System.err.printf(
                    "%s, token seen before: %.2f statements a request, HAPI's background tasks included%n",
                    database, (double) statements / (ROUNDS * REQUESTS_PER_ROUND));
        }
    }

    private static String token(TestIssuer issuer, String base) {
        return TestIssuer.signed(
                issuer.key(),
                issuer.claims(
                        base,
                        "bench",
                        "system/*.rs",
                        claims -> claims.jwtID(UUID.randomUUID().toString())));
    }

    private void read(URI metadata, List<String> tokens, int times) throws Exception {
        for (int i = 0; i < times; i++) {
            HttpRequest request = HttpRequest.newBuilder(metadata)
                    .header("Authorization", "Bearer " + tokens.get(i % tokens.size()))
                    .build();
            assertThat(http.send(request, BodyHandlers.discarding()).statusCode())
                    .isEqualTo(200);
        }
    }

    /** To the error stream, past the test runner's files. */
    private static void report(String what, LongStream nanos) {
        long[] sorted = nanos.sorted().toArray();
        System.err.printf(
                "%s: the gate takes %.0f µs at the median, %.0f µs at the 99th percentile (%d requests)%n",
                what, sorted[sorted.length / 2] / 1e3, sorted[sorted.length * 99 / 100] / 1e3, sorted.length);
    }

    /** Two interceptors, right before the gate and right after it. One request at a time. */
    static final class GateTimer {

        private static final int GATE = -1_000;

        private final long[] nanos = new long[WARM_UP];
        private int taken;
        private long begun;

        GateTimer(RestfulServer server) {
            server.registerInterceptor(new Before());
            server.registerInterceptor(new After());
        }

        LongStream take() {
            LongStream all = Arrays.stream(Arrays.copyOf(nanos, taken));
            taken = 0;
            return all;
        }

        @Interceptor(order = GATE - 1)
        public final class Before {

            @Hook(Pointcut.SERVER_INCOMING_REQUEST_POST_PROCESSED)
            public void begin() {
                begun = System.nanoTime();
            }
        }

        @Interceptor(order = GATE + 1)
        public final class After {

            @Hook(Pointcut.SERVER_INCOMING_REQUEST_POST_PROCESSED)
            public void end() {
                nanos[taken++] = System.nanoTime() - begun;
            }
        }
    }
}
