/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.RawRequest;
import org.hapibinary.server.host.RunningServer;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server with few threads, and a client who sends the heads of many requests and none of their bodies. */
class HeldThreadsTest {

    private static final int THREADS = 12;
    private static final int OF_CLIENT = THREADS / 4;
    private static final int WAITING = 2;
    private static final int FLOOD = 30;
    private static final long PATIENCE_SECONDS = 60;

    @TempDir
    static Path directory;

    @Test
    void oneClientHoldsNoMoreThanAQuarterOfTheThreads() throws Exception {
        int port = FreePorts.next();
        List<Socket> held = new ArrayList<>();
        try (TestIssuer issuer = new TestIssuer();
                RunningServer server = RunningServer.startWithoutDemo(
                        port,
                        directory,
                        "spring.datasource.url=jdbc:h2:mem:held;DB_CLOSE_DELAY=-1",
                        "hapi.binary.authorization.issuer=" + issuer.url(),
                        "server.jetty.threads.max=" + THREADS,
                        "server.jetty.threads.min=" + THREADS,
                        "hapi-binary-server.queued-requests-per-client=" + WAITING)) {
            String base = ExportClient.nobody(port).base();
            ExportClient greedy = ExportClient.withBearer(port, issuer.token(base, "greedy", "system/*.cruds"));
            ExportClient polite = ExportClient.withBearer(server.port(), issuer.token(base, "polite", "system/*.rs"));
            for (int i = 0; i < 2; i++) {
                assertThat(greedy.get("/Patient").statusCode()).isEqualTo(200);
                assertThat(polite.get("/Patient").statusCode()).isEqualTo(200);
            }
            RawRequest withoutBody = new RawRequest(
                    "POST", "/fhir/Patient", List.of("Content-Type: application/fhir+json", "Content-Length: 100"), "");

            BlockingQueue<String> refused = new LinkedBlockingQueue<>();
            for (int i = 0; i < FLOOD; i++) {
                held.add(sent(withoutBody.by(greedy), port, refused));
            }
            for (int i = 0; i < FLOOD - OF_CLIENT - WAITING; i++) {
                assertThat(refused.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("HTTP/1.1 429");
            }

            RawRequest.Answer form = new RawRequest(
                            "POST",
                            "/fhir/Patient/_search",
                            List.of("Content-Type: application/x-www-form-urlencoded", "Content-Length: 100"),
                            "")
                    .by(greedy)
                    .sendTo(port);
            assertThat(form.status()).isEqualTo(429);
            assertThat(form.body()).contains("the limit is hapi-binary-server.queued-requests-per-client.");
            assertThat(form.head()).containsIgnoringCase("Connection: close");
            assertThat(polite.get("/Patient").statusCode()).isEqualTo(200);
            assertThat(RawRequest.get("/actuator/health").sendTo(port).status()).isEqualTo(200);
            assertThat(refused).isEmpty();
        } finally {
            for (Socket socket : held) {
                socket.close();
            }
        }
    }

    /** @param answers gets the beginning of the answer when there is one */
    private static Socket sent(RawRequest request, int port, BlockingQueue<String> answers) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.getOutputStream().write(request.bytes(port));
        Thread reader = new Thread(() -> {
            try {
                answers.add(new String(
                        socket.getInputStream().readNBytes("HTTP/1.1 200".length()), StandardCharsets.ISO_8859_1));
            } catch (IOException e) {
                answers.add(e.toString());
            }
        });
        reader.setDaemon(true);
        reader.start();
        return socket;
    }
}
