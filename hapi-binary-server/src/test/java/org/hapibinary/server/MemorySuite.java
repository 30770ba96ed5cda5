/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.hapibinary.authorization.TestIssuer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The memory of an export is fixed, whatever the size of resources and files. With the system property
 * {@code memory.full} at the sizes of issue 12, else at smaller ones that are still more than the heap together.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class MemorySuite {

    private static final int MEGABYTE = 1_000_000;
    private static final long MAY_GROW = 64L * 1024 * 1024;
    private static final Duration PATIENCE = Duration.ofMinutes(20);
    private static final Sizes SIZES = Boolean.getBoolean("memory.full")
            ? new Sizes("-Xmx512m", 400, 40, 400)
            : new Sizes("-Xmx320m", 100, 8, 250);
    private static final String DOCUMENT =
            "{\"resourceType\":\"DocumentReference\",%s\"status\":\"current\",\"content\":"
                    + "[{\"attachment\":{\"contentType\":\"text/plain\",\"data\":\"%s\"}}]}";

    @TempDir
    static Path directory;

    private final TestIssuer issuer = new TestIssuer();

    @SuppressWarnings("NullAway.Init") // started before the first test
    private ServerProcess server;

    @SuppressWarnings("NullAway.Init") // likewise
    private ExportClient client;

    @SuppressWarnings("NullAway.Init") // likewise
    private LargeMedia media;

    /**
     * @param heap a JVM option
     * @param media of 1.1 MB
     * @param largeMedia of 20 MB
     * @param overTheHeap the size of a single resource, in megabytes
     */
    private record Sizes(String heap, int media, int largeMedia, int overTheHeap) {}

    /** Spring Boot properties that lead to the database. */
    abstract List<String> properties() throws IOException;

    /** The same database, from this process while the server runs. */
    abstract DataSource database();

    /** Sets the stored text of a resource to a beginning, a part that is repeated, and an end. */
    abstract void setText(String id, String before, String repeated, int times, String after) throws SQLException;

    @BeforeAll
    void startLoadAndWarmUp() throws Exception {
        int port = RunningServer.freePort();
        String[] properties = Stream.concat(
                        properties().stream(), Stream.of("hapi.binary.authorization.issuer=" + issuer.url()))
                .toArray(String[]::new);
        server = ServerProcess.start(
                List.of(SIZES.heap(), "-XX:TieredStopAtLevel=1"),
                directory,
                port,
                RunningServer.argumentsWithoutDemo(port, directory, properties));
        client = ExportClient.withBearer(
                port,
                TestIssuer.signed(
                        issuer.key(),
                        issuer.claims(
                                "http://localhost:" + port + "/fhir",
                                "owner",
                                "system/*.*",
                                claims -> claims.expirationTime(
                                        Date.from(Instant.now().plus(Duration.ofHours(2)))))));
        media = new LargeMedia(database());
        media.store(client, "media", SIZES.media());
        media.store(client, "large", SIZES.largeMedia());
        media.assertWholeIn(manifest(client.startExport("/$export?_type=Media")), client);
        media.enlarge("media", 1_100_000);
        media.enlarge("large", 20 * MEGABYTE);
    }

    @AfterAll
    void stop() {
        server.close();
        issuer.close();
    }

    @Test
    void anExportOfMoreThanTheHeapIsWholeAndNeedsLittleOfIt() throws Exception {
        long idle = server.liveHeapBytes();
        long during = idle;
        JsonNode manifest;
        try (SteadyRequests others = new SteadyRequests(server.port())) {
            Instant start = Instant.now();
            String jobId = client.startExport("/$export?_type=Media");
            while (client.status(jobId).statusCode() == 202 && Instant.now().isBefore(start.plus(PATIENCE))) {
                during = Math.max(during, server.liveHeapBytes());
            }
            Duration taken = Duration.between(start, Instant.now());
            manifest = manifest(jobId);
            System.err.printf(
                    "%s, %s: %s; in use after collections: idle %,d, during %,d, afterwards %,d%n",
                    getClass().getSimpleName(), SIZES, taken, idle, during, server.liveHeapBytes());
            assertThat(others.answers()).isNotEmpty().containsOnly("200");
        }

        assertThat(manifest.has("error") && !manifest.path("error").isEmpty()).isFalse();
        media.assertWholeIn(manifest, client);
        assertThat(during - idle).isLessThan(MAY_GROW);
        assertThat(server.liveHeapBytes() - idle).isLessThan(MAY_GROW);
    }

    @Test
    void aResourceThatIsOverTheHeapIsALineOfTheErrorFileWhileTheOthersAndOtherRequestsGoOn() throws Exception {
        for (String id : List.of("first", "over-the-heap", "last")) {
            String document = DOCUMENT.formatted("\"id\":\"" + id + "\",", "QUJD");
            client.send("PUT", "/DocumentReference/" + id, document, "Content-Type", "application/fhir+json");
        }
        String[] around = DOCUMENT.formatted("", "|").split("\\|", -1);
        setText("over-the-heap", around[0], "QUJD".repeat(250), SIZES.overTheHeap() * 1000, around[1]);

        JsonNode manifest;
        try (SteadyRequests others = new SteadyRequests(server.port())) {
            manifest = manifest(client.startExport("/$export?_type=DocumentReference"));
            assertThat(others.answers()).isNotEmpty().containsOnly("200");
        }

        assertThat(linesOf(manifest, "output"))
                .extracting(line -> ExportClient.json(line).path("id").asText())
                .containsExactlyInAnyOrder("first", "last");
        assertThat(linesOf(manifest, "error")).singleElement().satisfies(line -> assertThat(ExportClient.json(line)
                        .path("issue")
                        .path(0)
                        .path("diagnostics")
                        .asText())
                .contains("DocumentReference/over-the-heap"));
        assertThat(Files.readString(directory.resolve("server.log"))).doesNotContain("OutOfMemoryError");
    }

    private JsonNode manifest(String jobId) throws Exception {
        Await.until("the export", PATIENCE, () -> client.status(jobId).statusCode() != 202);
        HttpResponse<String> complete = client.status(jobId);
        assertThat(complete.statusCode()).as(complete.body()).isEqualTo(200);
        return ExportClient.json(complete.body());
    }

    private List<String> linesOf(JsonNode manifest, String kind) {
        assertThat(manifest.path(kind)).as(kind).hasSize(1);
        return client.get(manifest.path(kind).path(0).path("url").asText())
                .body()
                .lines()
                .toList();
    }
}
