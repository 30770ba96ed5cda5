/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.hapibinary.server.host.ProcessGroup;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code discard.c} against a server of the JDK's. Needs {@code gcc}. */
class DiscardClientTest {

    private static final int LENGTH = 100_000;
    private static final int CONNECTIONS = 2;
    private static final Duration TIME = Duration.ofMillis(500);

    @TempDir
    static Path directory;

    private static Optional<LoadClient> compiled = Optional.empty();
    private static ExecutorService threads = Executors.newCachedThreadPool();
    private static HttpServer server;

    @BeforeAll
    static void start() throws Exception {
        compiled = DiscardClient.compile(directory);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/file", DiscardClientTest::answer);
        server.createContext("/last", exchange -> {
            exchange.getResponseHeaders().set("Connection", "close");
            answer(exchange);
        });
        server.start();
    }

    private static void answer(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, LENGTH);
        exchange.getResponseBody().write(new byte[LENGTH]);
        exchange.close();
    }

    @AfterAll
    static void stop() {
        server.stop(0);
        threads.shutdownNow();
    }

    @BeforeEach
    void gccIsThere() {
        assumeThat(compiled).as("gcc").isPresent();
    }

    private static Load run(String path, long length, boolean keepAlive) throws IOException, InterruptedException {
        return compiled.orElseThrow()
                .run(
                        new LoadRequest(server.getAddress().getPort(), path, Map.of()),
                        length,
                        CONNECTIONS,
                        keepAlive,
                        TIME,
                        new ProcessGroup(ProcessHandle.current()));
    }

    private static void assertCounted(Load load) {
        assertThat(load.answers()).isPositive();
        assertThat(load.bodyBytes()).isBetween(load.answers() * LENGTH, (load.answers() + CONNECTIONS) * LENGTH);
        assertThat(load.seconds()).isBetween(0.5, 5.0);
        assertThat(load.cpuSeconds()).isPositive();
        assertThat(load.residentKibibytes()).isPositive();
        assertThat(load.firstByte().median())
                .isPositive()
                .isLessThanOrEqualTo(load.firstByte().percentile99());
    }

    @Test
    void answersAreCountedOnConnectionsUsedAgain() throws Exception {
        assertCounted(run("/file", LENGTH, true));
    }

    @Test
    void answersAreCountedOnNewConnections() throws Exception {
        assertCounted(run("/file", LENGTH, false));
    }

    @Test
    void aConnectionThatTheServerEndsIsOpenedAgain() throws Exception {
        Load load = run("/last", LENGTH, true);

        assertCounted(load);
        assertThat(load.answers()).isGreaterThan(CONNECTIONS);
        try (JavaLoadClient java = new JavaLoadClient()) {
            assertThat(java.run(
                                    new LoadRequest(server.getAddress().getPort(), "/last", Map.of()),
                                    LENGTH,
                                    CONNECTIONS,
                                    true,
                                    TIME,
                                    new ProcessGroup(ProcessHandle.current()))
                            .answers())
                    .isGreaterThan(CONNECTIONS);
        }
    }

    @Test
    void anotherAnswerThanTheOneAskedForIsAnError() {
        assertThatIOException()
                .isThrownBy(() -> run("/file", LENGTH + 1, true))
                .withMessage("Content-Length " + LENGTH);
        assertThatIOException().isThrownBy(() -> run("/none", LENGTH, true)).withMessage("HTTP/1.1 404");
    }
}
