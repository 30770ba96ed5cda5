/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.headers;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.RunningServer;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server with one place for requests, and room for two of a client that wait. */
class QueuedRequestsTest {

    private static final int FLOOD = 60;
    private static final int WITHOUT_HASTE = 10;

    @TempDir
    static Path directory;

    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void whoFloodsIsRefusedWhatIsTooMuchAndAnotherClientIsNot() throws Exception {
        int port = FreePorts.next();
        try (TestIssuer issuer = new TestIssuer();
                RunningServer server = RunningServer.startWithoutDemo(
                        port,
                        directory,
                        "spring.datasource.url=jdbc:h2:mem:queued;DB_CLOSE_DELAY=-1",
                        "hapi.binary.authorization.issuer=" + issuer.url(),
                        "hapi-binary-server.concurrent-requests=1",
                        "hapi-binary-server.queued-requests-per-client=2")) {
            String base = ExportClient.nobody(port).base();
            String greedy = "Bearer " + issuer.token(base, "greedy", "system/*.rs");
            ExportClient polite = ExportClient.withBearer(server.port(), issuer.token(base, "polite", "system/*.rs"));
            assertThat(polite.get("/Patient").statusCode()).isEqualTo(200);
            assertThat(send(base, greedy).join().statusCode()).isEqualTo(200);

            List<CompletableFuture<HttpResponse<String>>> flood = new ArrayList<>();
            for (int i = 0; i < WITHOUT_HASTE; i++) {
                IntStream.range(0, FLOOD).forEach(number -> flood.add(send(base, greedy)));
                assertThat(polite.get("/Patient").statusCode()).isEqualTo(200);
                assertThat(ExportClient.nobody(port).get("/metadata").statusCode())
                        .isEqualTo(200);
            }

            List<HttpResponse<String>> answers =
                    flood.stream().map(CompletableFuture::join).toList();
            assertThat(answers).extracting(HttpResponse::statusCode).containsOnly(200, 429);
            assertThat(answers).filteredOn(answer -> answer.statusCode() == 429).allSatisfy(refusal -> {
                assertThat(headers(refusal, "Retry-After")).containsExactly("1");
                assertThat(headers(refusal, "X-Request-ID")).hasSize(1);
                assertThat(refusal.body())
                        .contains("\"throttled\"", "the limit is hapi-binary-server.queued-requests-per-client.");
            });
        }
    }

    private CompletableFuture<HttpResponse<String>> send(String base, String authorization) {
        return http.sendAsync(
                HttpRequest.newBuilder(URI.create(base + "/Patient"))
                        .header("Authorization", authorization)
                        .build(),
                BodyHandlers.ofString());
    }
}
