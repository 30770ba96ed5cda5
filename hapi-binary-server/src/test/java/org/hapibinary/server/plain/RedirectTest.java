/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.context.FhirContext;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.hash.Hashing;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.hapibinary.server.contract.lifecycle.RecordedEvents;
import org.hapibinary.server.host.ExportedGroup;
import org.hapibinary.server.host.InstalledProgram;
import org.hapibinary.storage.S3Server;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Clients get the files from the store itself, and nothing else changes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedirectTest {

    private static final HttpClient STORE = HttpClient.newHttpClient();

    @TempDir
    static Path directory;

    @SuppressWarnings("NullAway.Init") // started with the first test
    private S3Server s3;

    @SuppressWarnings("NullAway.Init")
    private ExportedGroup group;

    @BeforeAll
    void start() throws Exception {
        s3 = new S3Server();
        group = new ExportedGroup(
                PlainHost.of(FhirContext.forR4Cached()),
                directory,
                "hapi.binary.storage.mode=s3",
                "hapi.binary.storage.s3.endpoint=" + s3.endpoint(),
                "hapi.binary.storage.s3.bucket=" + s3.bucket(),
                "hapi.binary.storage.s3.prefix=exports",
                "hapi.binary.storage.s3.access-key=" + s3.accessKey(),
                "hapi.binary.storage.s3.secret-key=" + s3.secretKey(),
                "hapi.binary.download.offload=redirect");
    }

    @AfterAll
    void stop() throws Exception {
        group.close();
        s3.close();
    }

    private JsonNode file() {
        for (JsonNode file : group.manifest().path("output")) {
            if (file.path("type").asText().equals("Patient")) {
                return file;
            }
        }
        throw new AssertionError("No file of patients");
    }

    private String url() {
        return file().path("url").asText();
    }

    private void assertIsTheFile(byte[] bytes) {
        assertThat(Hashing.sha256().hashBytes(bytes).toString())
                .isEqualTo(file().at("/extension/sha256").asText());
    }

    private static HttpResponse<byte[]> follow(HttpResponse<?> redirect, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(location(redirect)));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return STORE.send(request.build(), BodyHandlers.ofByteArray());
    }

    private static String location(HttpResponse<?> redirect) {
        return redirect.headers().firstValue("Location").orElseThrow();
    }

    @Test
    void aGetIsSentToTheStoreWhichSendsTheFileWithTheServersHeaders() throws Exception {
        HttpResponse<String> redirect = group.owner().get(url());

        assertThat(redirect.statusCode()).isEqualTo(307);
        assertThat(redirect.body()).isEmpty();
        assertThat(redirect.headers().firstValue("Cache-Control")).contains("private, no-store");
        HttpResponse<byte[]> file = follow(redirect);
        assertThat(file.statusCode()).isEqualTo(200);
        assertIsTheFile(file.body());
        assertThat(file.headers().firstValue("Content-Type")).contains("application/fhir+ndjson");
        assertThat(file.headers().firstValue("Content-Disposition"))
                .contains("attachment; filename=\"Patient.ndjson\"");
        assertThat(file.headers().firstValue("Cache-Control")).contains("private, no-store, no-transform");
        assertThat(file.headers().firstValue("Content-Encoding")).isEmpty();
    }

    @Test
    void gzipAndRangesAreTheStoresToo() throws Exception {
        HttpResponse<byte[]> gzip = follow(group.owner().get(url(), "Accept-Encoding", "gzip"));
        assertThat(gzip.headers().firstValue("Content-Encoding")).contains("gzip");
        try (GZIPInputStream plain = new GZIPInputStream(new ByteArrayInputStream(gzip.body()))) {
            assertIsTheFile(plain.readAllBytes());
        }

        HttpResponse<byte[]> part = follow(group.owner().get(url(), "Range", "bytes=0-9"), "Range", "bytes=0-9");
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.body()).hasSize(10);
    }

    @Test
    void everythingElseIsAnsweredByTheServer() {
        HttpResponse<String> head = group.owner().send("HEAD", url(), "");
        assertThat(head.statusCode()).isEqualTo(200);
        String tag = head.headers().firstValue("ETag").orElseThrow();
        assertThat(group.owner().get(url(), "If-None-Match", tag).statusCode()).isEqualTo(304);
        assertThat(group.owner().get(url(), "If-Match", "\"another\"").statusCode())
                .isEqualTo(412);
        assertThat(group.stranger().get(url()).statusCode()).isEqualTo(403);
        assertThat(group.nobody().get(url()).statusCode()).isEqualTo(401);
        assertThat(group.owner().get(url().replace("/$binary-access-read", "")).body())
                .contains("securityContext");
    }

    @Test
    void theAuditTrailHasTheDisclosureAndNotTheUrl() throws Exception {
        try (RecordedEvents events = new RecordedEvents()) {
            group.owner().get(url());

            JsonNode download = events.first("download");
            assertThat(download.path("outcome").asText()).isEqualTo("0");
            assertThat(download.path("outcomeDesc").asText())
                    .startsWith("The client was redirected to the store, at a URL that is valid for 60 s");
            assertThat(download.toString()).doesNotContain("X-Amz", s3.accessKey());
        }
    }

    @Test
    void aUrlThatIsChangedIsWorthNothing() throws Exception {
        String location = location(group.owner().get(url()));
        HttpRequest longer = HttpRequest.newBuilder(
                        URI.create(location.replace("X-Amz-Expires=60", "X-Amz-Expires=600")))
                .build();

        assertThat(location).contains("X-Amz-Expires=60");
        assertThat(STORE.send(longer, BodyHandlers.discarding()).statusCode()).isEqualTo(403);
    }

    @Test
    void curlResumesAndEndsWithTheIdenticalFile() throws Exception {
        Path part = Files.createDirectories(directory.resolve("curl")).resolve("Patient.ndjson");
        curl(part, "-r", "0-999");
        assertThat(Files.size(part)).isEqualTo(1000);
        curl(part, "-C", "-");

        assertIsTheFile(Files.readAllBytes(part));
    }

    /** They send a header to whatever host they are redirected to, and so get the store's URL only. */
    @Test
    void wgetAndAria2cResumeAtTheStoresUrlWhereTheyAreInstalled() throws Exception {
        for (List<String> command : List.of(
                List.of("wget", "-q", "-c", "-O", "Patient.ndjson"),
                List.of("aria2c", "-q", "-c", "--allow-overwrite=false", "-o", "Patient.ndjson"))) {
            String name = command.get(0);
            if (InstalledProgram.find(name).isPresent()) {
                Path folder = Files.createDirectories(directory.resolve(name));
                curl(folder.resolve("Patient.ndjson"), "-r", "0-999");
                List<String> resumed = new ArrayList<>(command);
                resumed.add(location(group.owner().get(url())));
                run(resumed, folder);

                assertIsTheFile(Files.readAllBytes(folder.resolve("Patient.ndjson")));
            }
        }
    }

    private void curl(Path target, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "curl",
                "-sSL",
                "-o",
                target.toString(),
                "-H",
                "Authorization: " + group.owner().authorization()));
        command.addAll(List.of(options));
        command.add(url());
        run(command, directory);
    }

    private static void run(List<String> command, Path folder) throws IOException, InterruptedException {
        Process program = new ProcessBuilder(command)
                .directory(folder.toFile())
                .inheritIO()
                .start();
        assertThat(program.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(program.exitValue()).isZero();
    }
}
