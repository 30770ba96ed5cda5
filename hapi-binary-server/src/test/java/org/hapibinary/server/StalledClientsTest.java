/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.contract.download.AttachmentRuleContract;
import org.hapibinary.server.host.RunningServer;
import org.hapibinary.server.host.SeededFile;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that ask for a large file and read no more than its headers, many more than the server has threads. */
class StalledClientsTest implements AttachmentRuleContract.None {

    private static final int CLIENTS = 60;
    private static final int THREADS = 12;
    private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(5);
    private static final int FILE_BYTES = 64 << 20;
    private static final Duration PATIENCE = Duration.ofMinutes(4);

    @TempDir
    static Path directory;

    private static final TestIssuer issuer = new TestIssuer();

    private static RunningServer server;
    private static SeededFile file;
    private static ExportClient owner;

    @BeforeAll
    static void start() throws IOException {
        int port = FreePorts.next();
        server = RunningServer.startWithoutDemo(
                port,
                directory,
                "spring.datasource.url=jdbc:h2:file:" + directory.resolve("h2/fhir"),
                "hapi.binary.authorization.issuer=" + issuer.url(),
                "hapi.binary.attachments=none",
                "hapi.binary.limits.downloads-per-client=" + 2 * CLIENTS,
                "hapi.binary.limits.slowest-download=200KB",
                "server.jetty.threads.max=" + THREADS,
                "server.jetty.threads.min=" + THREADS,
                "server.jetty.connection-idle-timeout=" + IDLE_TIMEOUT.toSeconds() + "s");
        file = SeededFile.in(server, FILE_BYTES, issuer.url(), "owner");
        String audience = ExportClient.nobody(port).base();
        owner = ExportClient.withBearer(
                port,
                TestIssuer.signed(issuer.key(), issuer.claims(audience, "owner", "system/*.rs", claims -> claims)));
    }

    @AfterAll
    static void stop() {
        server.close();
        issuer.close();
    }

    @Override
    public ExportClient clientOf(String id, String scope) throws Exception {
        return ExportClient.withBearer(
                server.port(), issuer.token(ExportClient.nobody(server.port()).base(), id, scope));
    }

    @Test
    void theyHoldNeitherThreadsNorConnectionsAndAreGivenUpInTheEnd() throws IOException {
        double before = disconnected();
        List<Socket> stalled = new ArrayList<>();
        try {
            for (int i = 0; i < CLIENTS; i++) {
                stalled.add(stalledDownload());
            }

            assertThat(owner.get("/Binary/" + file.binaryId()).statusCode()).isEqualTo(200);
            assertThat(SeededFile.sha256Of(owner.getStream(file.path()).body())).isEqualTo(file.sha256());
            assertThat(((HikariDataSource) server.bean(DataSource.class))
                            .getHikariPoolMXBean()
                            .getActiveConnections())
                    .as("database connections in use by stalled downloads")
                    .isLessThan(CLIENTS / 10);

            await().atMost(IDLE_TIMEOUT.multipliedBy(6))
                    .untilAsserted(() -> assertThat(disconnected()).isEqualTo(before + CLIENTS));
        } finally {
            for (Socket socket : stalled) {
                socket.close();
            }
        }
        assertThat(SeededFile.sha256Of(owner.getStream(file.path()).body())).isEqualTo(file.sha256());
    }

    /** 80 kB a second are fewer than the limit says, and never a pause as long as the idle timeout. */
    @Test
    void aClientThatReadsMoreSlowlyThanItMayIsCutAfterAMinute() throws IOException {
        double before = disconnected();
        Instant deadline = Instant.now().plus(PATIENCE);
        long received = 0;

        try (Socket slow = stalledDownload()) {
            byte[] piece = new byte[16 * 1024];
            for (int read = 0; read >= 0; read = slow.getInputStream().read(piece)) {
                received += read;
                assertThat(Instant.now()).as("%d bytes so far", received).isBefore(deadline);
                LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
            }
        } catch (SocketException e) {
            assertThat(e).hasMessageContaining("reset");
        }

        assertThat(received).isLessThan(FILE_BYTES);
        await().untilAsserted(() -> assertThat(disconnected()).isEqualTo(before + 1));
    }

    private static Socket stalledDownload() throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(16 * 1024);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
        socket.getOutputStream()
                .write(("GET /fhir" + file.path() + " HTTP/1.1\r\nHost: localhost:" + server.port()
                                + "\r\nAuthorization: " + owner.authorization() + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                .isEqualTo("HTTP/1.1 200");
        return socket;
    }

    private static double disconnected() {
        return server.bean(MeterRegistry.class)
                .get("hapi.binary.downloads")
                .tag("outcome", "disconnected")
                .counter()
                .count();
    }
}
