/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hapibinary.server.client.Answers.headers;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.contract.download.AttachmentRuleContract;
import org.hapibinary.server.host.RunningServer;
import org.hapibinary.server.host.SeededFile;
import org.hapibinary.server.host.TestCertificate;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** TLS, HTTP/2, a trusted proxy and a second base URL, all by configuration alone. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TransportTest implements AttachmentRuleContract.Referenced {

    private static final String EXTERNAL = "https://fhir.example.org/fhir";
    private static final String[] THROUGH_THE_PROXY = {"Forwarded", "proto=https;host=\"fhir.example.org:443\""};
    private static final String CLIENT = "demo-client";
    private static final int LARGE = 20 * 1024 * 1024 + 3;

    private final TestIssuer issuer = new TestIssuer();
    private final int port = FreePorts.next();
    private final String internal = "https://localhost:" + port + "/fhir";

    private Path directory;
    private TestCertificate certificate;
    private RunningServer server;
    private ExportClient client;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        directory = folder;
        certificate = TestCertificate.in(directory);
        server = RunningServer.startWithoutDemo(
                port,
                directory,
                "server.ssl.key-store=" + certificate.keyStore(),
                "server.ssl.key-store-password=" + TestCertificate.PASSWORD,
                "server.http2.enabled=true",
                "server.compression.enabled=true",
                "server.compression.mime-types=application/fhir+ndjson,text/plain",
                "server.forward-headers-strategy=native",
                "hapi.binary.base-url=" + internal,
                "hapi.binary.other-base-urls=" + EXTERNAL,
                "hapi.binary.attachments=referenced",
                "hapi.binary.authorization.issuer=" + issuer.url(),
                "spring.datasource.url=jdbc:h2:mem:transport;DB_CLOSE_DELAY=-1");
        client = client(internal);
    }

    @AfterAll
    void stop() {
        if (server != null) {
            server.close();
        }
        issuer.close();
    }

    private ExportClient client(String audience) throws Exception {
        return ExportClient.overTls(
                port, certificate.trust(), issuer.token(audience, CLIENT, "system/*.cruds system/*.*"));
    }

    @Override
    public ExportClient clientOf(String id, String scope) throws Exception {
        return ExportClient.overTls(port, certificate.trust(), issuer.token(internal, id, scope));
    }

    private SeededFile file(long size) throws IOException {
        return SeededFile.in(server, size, issuer.url(), CLIENT);
    }

    @Test
    void curlDownloadsOverHttp2WithTheHeadersOfTheContract() throws Exception {
        SeededFile file = file(4096);

        List<String> head = curl(file, "-o", directory.resolve("small").toString(), "-D", "-");

        assertThat(head.get(0)).startsWith("HTTP/2 200");
        assertThat(head)
                .contains(
                        "content-type: application/fhir+ndjson",
                        "content-length: 4096",
                        "content-disposition: attachment; filename=\"Patient.ndjson\"",
                        "etag: \"" + file.sha256() + "\"",
                        "accept-ranges: bytes",
                        "repr-digest: sha-256=:"
                                + Base64.getEncoder()
                                        .encodeToString(HexFormat.of().parseHex(file.sha256())) + ":",
                        "cache-control: private, no-store, no-transform",
                        "x-content-type-options: nosniff")
                .anyMatch(line -> line.startsWith("last-modified: "))
                .anyMatch(line -> line.startsWith("x-request-id: "));
        assertThat(sha256Of(directory.resolve("small"))).isEqualTo(file.sha256());
    }

    @Test
    void compressionByTheContainerLeavesDownloadsAsTheyAre() throws Exception {
        SeededFile file = file(1 << 20);

        HttpResponse<byte[]> part = client.getBytes(file.path(), "Accept-Encoding", "gzip", "Range", "bytes=0-99999");

        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(headers(part, "Content-Encoding")).isEmpty();
        assertThat(headers(part, "Content-Length")).containsExactly("100000");
        assertThat(headers(part, "ETag")).containsExactly("\"" + file.sha256() + "\"");
        assertThat(part.body()).hasSize(100_000).startsWith('{');
    }

    @Test
    void headHasNoBodyAndARangeIsAPart() throws Exception {
        SeededFile file = file(4096);
        Path part = directory.resolve("part");

        List<String> head = curl(file, "-I");
        List<String> range = curl(file, "-r", "1000-1999", "-o", part.toString(), "-D", "-");

        assertThat(head.get(0)).startsWith("HTTP/2 200");
        assertThat(head).contains("content-length: 4096");
        assertThat(range.get(0)).startsWith("HTTP/2 206");
        assertThat(range).contains("content-range: bytes 1000-1999/4096", "content-length: 1000");
        assertThat(Files.size(part)).isEqualTo(1000);
    }

    @Test
    void aLargeFileReadSlowlyArrivesWhole() throws Exception {
        SeededFile file = file(LARGE);
        Path target = directory.resolve("large");

        List<String> head = curl(file, "--limit-rate", "10M", "-o", target.toString(), "-D", "-");

        assertThat(head.get(0)).startsWith("HTTP/2 200");
        assertThat(sha256Of(target)).isEqualTo(file.sha256());
    }

    @Test
    void aStreamThatTheClientCancelsEndsAloneAndLetsGoOfItsFile() throws Exception {
        SeededFile cancelled = file(3 * LARGE);
        double disconnected = downloads("disconnected");

        HttpResponse<InputStream> response = client.getStream(cancelled.path());
        assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
        try (InputStream body = response.body()) {
            body.readNBytes(1 << 20);
            assertThat(openHandlesOf(cancelled)).isPositive();
        }

        Awaitility.await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            assertThat(downloads("disconnected")).isEqualTo(disconnected + 1);
            assertThat(openHandlesOf(cancelled)).isZero();
        });
        assertThat(client.get(file(4096).path()).statusCode()).isEqualTo(200);
    }

    @Test
    void aStreamWhoseFileBreaksOffIsResetAndNotEnded() throws Exception {
        SeededFile broken = file(3 * LARGE);
        double cut = downloads("cut");

        try (InputStream body = client.getStream(broken.path()).body()) {
            body.readNBytes(1 << 20);
            try (FileChannel content = FileChannel.open(contentOf(broken), StandardOpenOption.WRITE)) {
                content.truncate(2L * LARGE);
            }
            assertThatThrownBy(() -> body.transferTo(OutputStream.nullOutputStream()))
                    .isInstanceOf(IOException.class);
        }

        assertThat(downloads("cut")).isEqualTo(cut + 1);
        assertThat(client.get(file(4096).path()).statusCode()).isEqualTo(200);
    }

    @Test
    void anExportThroughTheProxyHasTheUrlsOfTheExternalBaseAndOneFromInsideThoseOfTheInternal() {
        HttpResponse<String> patient = client.send(
                "PUT",
                "/Patient/behind-the-proxy",
                "{\"resourceType\":\"Patient\",\"id\":\"behind-the-proxy\"}",
                "Content-Type",
                "application/fhir+json");
        assertThat(patient.statusCode()).as(patient.body()).isEqualTo(201);

        HttpResponse<String> kickOff = client.get("/$export?_type=Patient", proxied("Prefer", "respond-async"));

        assertThat(kickOff.statusCode()).as(kickOff.body()).isEqualTo(202);
        String location = headers(kickOff, "Content-Location").get(0);
        assertThat(location).startsWith(EXTERNAL + "/$export-poll-status?_jobId=");
        String jobId = location.substring(location.indexOf('=') + 1);
        assertThat(client.awaitEnd(jobId).statusCode()).isEqualTo(200);
        JsonNode outside = ExportClient.json(client.get("/$export-poll-status?_jobId=" + jobId, THROUGH_THE_PROXY)
                .body());
        JsonNode inside = ExportClient.json(client.status(jobId).body());
        assertThat(outside.path("request").asText()).isEqualTo(EXTERNAL + "/$export?_type=Patient");
        assertThat(outside.path("output").path(0).path("url").asText()).startsWith(EXTERNAL + "/Binary/");
        assertThat(inside.path("output").path(0).path("url").asText()).startsWith(internal + "/Binary/");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Forwarded | proto=https;host=evil.example.org",
                "Forwarded | proto=http;host=fhir.example.org",
                "Forwarded | proto=https;host=\"fhir.example.org:8443\"",
                "X-Forwarded-Host | evil.example.org",
                "X-Forwarded-Prefix | /evil",
            })
    void whateverElseAProxySaysTheUrlsAreThoseOfTheMainBase(String header, String value) {
        HttpResponse<String> kickOff = client.get("/$export?_type=Patient", "Prefer", "respond-async", header, value);

        assertThat(kickOff.statusCode()).as(kickOff.body()).isEqualTo(202);
        String location = headers(kickOff, "Content-Location").get(0);
        assertThat(location).startsWith(internal + "/$export-poll-status?_jobId=");
        HttpResponse<String> end = client.awaitEnd(location.substring(location.indexOf('=') + 1));
        assertThat(ExportClient.json(end.body()).path("request").asText())
                .isEqualTo(internal + "/$export?_type=Patient");
    }

    @Test
    void theHeadersThatMostProxiesSendWorkTheSame() {
        HttpResponse<String> kickOff = client.get(
                "/$export?_type=Patient",
                "Prefer",
                "respond-async",
                "X-Forwarded-Host",
                "fhir.example.org",
                "X-Forwarded-Proto",
                "https");

        assertThat(headers(kickOff, "Content-Location"))
                .singleElement()
                .asString()
                .startsWith(EXTERNAL + "/");
    }

    @Test
    void aTokenMayBeMadeOutToAnyListedBaseAndToNoOther() throws Exception {
        String status = "/$export-poll-status?_jobId=unknown";

        assertThat(client(EXTERNAL).get(status).statusCode()).isEqualTo(404);
        assertThat(client(internal).get(status, THROUGH_THE_PROXY).statusCode()).isEqualTo(404);
        assertThat(client("https://evil.example.org/fhir")
                        .get(status, "Forwarded", "proto=https;host=evil.example.org")
                        .statusCode())
                .isEqualTo(401);
    }

    private static String[] proxied(String... headers) {
        return Stream.concat(Stream.of(THROUGH_THE_PROXY), Stream.of(headers)).toArray(String[]::new);
    }

    private List<String> curl(SeededFile file, String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                "curl",
                "-sSf",
                "--http2",
                "--cacert",
                certificate.pem().toString(),
                "-H",
                "Authorization: " + client.authorization()));
        command.addAll(List.of(options));
        command.add(internal + file.path());
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<String> lines = process.inputReader().lines().map(String::strip).toList();
        assertThat(process.waitFor()).as("what curl says").isZero();
        return lines;
    }

    private double downloads(String outcome) {
        return server.bean(MeterRegistry.class)
                .get("hapi.binary.downloads")
                .tags("outcome", outcome)
                .counter()
                .count();
    }

    private Path contentOf(SeededFile file) throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("binary"))) {
            return files.filter(path -> isContentOf(file, path)).findFirst().orElseThrow();
        }
    }

    private static boolean isContentOf(SeededFile file, Path path) {
        return path.toString().contains(file.contentId()) && path.toString().endsWith(".bin");
    }

    /** Of this process, which the server runs in. */
    private static long openHandlesOf(SeededFile file) throws IOException {
        try (Stream<Path> handles = Files.list(Path.of("/proc/self/fd"))) {
            return handles.map(TransportTest::target)
                    .filter(path -> isContentOf(file, path))
                    .count();
        }
    }

    private static Path target(Path handle) {
        try {
            return Files.readSymbolicLink(handle);
        } catch (IOException e) {
            return Path.of(""); // closed in the meantime
        }
    }

    private static String sha256Of(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return SeededFile.sha256Of(in);
        }
    }
}
