/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.assertOutcome;
import static org.hapibinary.server.client.Answers.headers;

import jakarta.servlet.DispatcherType;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.UUID;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.server.handler.gzip.GzipHandler;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.SeededFile;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Downloads through what a host has before its servlets: filters that know nothing of the plugin, and compression. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostFiltersTest {

    private static final int DOWNLOADS_PER_CLIENT = 2;
    private static final int LARGE = 3 << 20;

    @TempDir
    static Path directory;

    private final TestIssuer issuer = new TestIssuer();
    private PlainHost host;

    @BeforeAll
    void start() throws IOException {
        host = PlainHost.start(
                Clock.systemUTC(),
                (export, kickOff) -> {},
                directory,
                issuer,
                settings -> settings.downloads(DOWNLOADS_PER_CLIENT, 100).stalledDownload(Duration.ofSeconds(2)),
                context -> {
                    FilterHolder filter = new FilterHolder(new FiltersOfHost());
                    filter.setAsyncSupported(true);
                    context.addFilter(filter, "/*", EnumSet.of(DispatcherType.REQUEST));
                    @SuppressWarnings("removal") // on Jetty 12.1, which has another one besides
                    GzipHandler compressing = new GzipHandler();
                    context.insertHandler(compressing);
                });
    }

    @AfterAll
    void stop() {
        host.close();
        issuer.close();
    }

    /** With permits of its own, so that none that is not given back is overlooked. */
    private ExportClient client(String id) {
        return ExportClient.withBearer(
                host.port(),
                TestIssuer.signed(
                        issuer.key(),
                        issuer.claims(ExportClient.nobody(host.port()).base(), id, "system/*.rs", claims -> claims)));
    }

    private SeededFile fileOf(String client) throws IOException {
        return SeededFile.in(host, LARGE, issuer.url(), client);
    }

    private static String newId() {
        return "client-" + UUID.randomUUID();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "refuses-listeners", "forgets-listeners", "refuses-async", "buffers"})
    void aFileArrivesWholeThroughAFilterOfTheHost(String filter) throws IOException {
        String id = newId();
        ExportClient client = client(id);
        SeededFile file = fileOf(id);

        for (int i = 0; i <= DOWNLOADS_PER_CLIENT; i++) {
            HttpResponse<byte[]> answer = client.getBytes(file.path(), FiltersOfHost.HEADER, filter);

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(SeededFile.sha256Of(new ByteArrayInputStream(answer.body())))
                    .isEqualTo(file.sha256());
        }
    }

    @Test
    void aDownloadOfWhichAFilterTakesNothingIsEnded() throws IOException {
        String id = newId();
        ExportClient client = client(id);
        SeededFile file = fileOf(id);

        for (int i = 0; i <= DOWNLOADS_PER_CLIENT; i++) {
            HttpResponse<String> answer = client.get(file.path(), FiltersOfHost.HEADER, "forgets-listeners-and-hides");

            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(headers(answer, "Retry-After")).containsExactly("30");
            assertThat(headers(answer, "Content-Disposition")).isEmpty();
        }
    }

    @Test
    void whereAHeaderCannotBeSetNothingOfTheDownloadIsLeft() throws IOException {
        String id = newId();
        ExportClient client = client(id);
        SeededFile file = fileOf(id);

        for (int i = 0; i <= DOWNLOADS_PER_CLIENT; i++) {
            HttpResponse<String> answer = client.get(file.path(), FiltersOfHost.HEADER, "refuses-digests");

            assertOutcome(answer, 500, "exception");
            assertThat(headers(answer, "ETag")).isEmpty();
            assertThat(headers(answer, "Content-Disposition")).isEmpty();
            assertThat(headers(answer, "Access-Control-Allow-Origin")).containsExactly("https://app.example.org");
        }
        assertThat(client.get(file.path()).statusCode()).isEqualTo(200);
    }

    @Test
    void compressionByTheHostLeavesDownloadsAsTheyAre() throws IOException {
        String id = newId();
        ExportClient client = client(id);
        SeededFile file = fileOf(id);

        HttpResponse<byte[]> part = client.getBytes(file.path(), "Accept-Encoding", "gzip", "Range", "bytes=0-1048575");
        HttpResponse<byte[]> gzip = client.getBytes(file.path(), "Accept-Encoding", "gzip");

        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(headers(part, "Content-Encoding")).isEmpty();
        assertThat(headers(part, "Content-Length")).containsExactly("1048576");
        assertThat(headers(part, "ETag")).containsExactly("\"" + file.sha256() + "\"");
        assertThat(part.body())
                .isEqualTo(
                        client.getBytes(file.path(), "Range", "bytes=0-1048575").body());
        assertThat(headers(gzip, "Content-Encoding")).containsExactly("gzip");
        assertThat(headers(gzip, "Content-Length")).containsExactly(Integer.toString(gzip.body().length));
        assertThat(headers(gzip, "Cache-Control")).containsExactly("private, no-store, no-transform");
    }
}
