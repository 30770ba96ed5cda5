/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import javax.sql.DataSource;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.client.Await;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.SteadyRequests;
import org.hapibinary.server.host.RunningServer;
import org.hapibinary.server.host.ServerProcess;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The memory of an export is fixed, whatever the size of resources and files. Run by hand. With the
 * system property {@code memory.full} it is 400 Media of 1.1 MB and 40 of 20 MB, else fewer, which are still more than
 * is free of the heap.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class MemoryContract {

    private static final int MEGABYTE = 1_000_000;
    private static final long MAY_GROW = 64L * 1024 * 1024;
    private static final int COMPRESSED = 12;
    private static final Duration PATIENCE = Duration.ofMinutes(20);
    private static final int IDLE_LOOKS = 10;
    private static final Duration BETWEEN_COLLECTIONS = Duration.ofMillis(500);
    private static final Sizes SIZES = Boolean.getBoolean("memory.full")
            ? new Sizes("-Xmx512m", 400, 40, 400, 80, 30)
            : new Sizes("-Xmx320m", 60, 4, 250, 30, 10);
    /** A CapabilityStatement takes more memory than an export, while it is made. */
    private static final String SMALL_REQUEST = "/.well-known/smart-configuration";

    private static final String DOCUMENT =
            "{\"resourceType\":\"DocumentReference\",%s\"status\":\"current\",\"content\":"
                    + "[{\"attachment\":{\"contentType\":\"text/plain\",\"data\":\"%s\"}}]}";

    private static final String BASIC = "{\"resourceType\":\"Basic\",%s\"extension\":"
            + "[{\"url\":\"http://example.org/text\",\"valueString\":\"%s\"}],\"code\":{\"text\":\"Large\"}}";

    private static final String COMMUNICATION =
            "{\"resourceType\":\"Communication\",%s\"status\":\"completed\",\"payload\":[{\"contentString\":\"%s\"}]}";

    @TempDir
    static Path directory;

    private final TestIssuer issuer = new TestIssuer();

    @SuppressWarnings("NullAway.Init") // started before the first test
    private ServerProcess server;

    @SuppressWarnings("NullAway.Init") // likewise
    private ExportClient client;

    @SuppressWarnings("NullAway.Init") // likewise
    private LargeMedia media;

    private long logged;

    /**
     * @param heap a JVM option
     * @param media of 1.1 MB
     * @param largeMedia of 20 MB
     * @param overTheHeap the size of a single resource, in megabytes
     * @param demanding the size of a resource that may be exported or not, in megabytes
     * @param together the size of each of {@value #COMPRESSED} resources, which fit one by one, in megabytes
     */
    private record Sizes(String heap, int media, int largeMedia, int overTheHeap, int demanding, int together) {}

    /** Spring Boot properties that lead to the database. */
    abstract List<String> properties() throws IOException;

    /** The same database, from this process while the server runs. */
    abstract DataSource database();

    /** Sets the stored text of a resource to a beginning, a part that is repeated, and an end. */
    abstract void setText(String id, String before, String repeated, int times, String after) throws SQLException;

    /** Stores a resource as HAPI stored all before it had a column of text for them. */
    abstract void setCompressed(String id, byte[] gzip) throws SQLException;

    @BeforeAll
    void startLoadAndWarmUp() throws Exception {
        int port = FreePorts.next();
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

    @BeforeEach
    void lookAtTheLogFromHereOn() throws IOException {
        logged = Files.size(directory.resolve("server.log"));
    }

    @AfterAll
    void stop() {
        server.close();
        issuer.close();
    }

    @Test
    void anExportOfMoreThanTheHeapIsWholeAndNeedsLittleOfIt() throws Exception {
        long idle = 0;
        long during = 0;
        JsonNode manifest;
        try (SteadyRequests others = new SteadyRequests(server.port(), SMALL_REQUEST)) {
            others.awaitAnswers();
            for (int look = 0; look < IDLE_LOOKS; look++) {
                idle = Math.max(idle, server.liveHeapBytes());
                LockSupport.parkNanos(BETWEEN_COLLECTIONS.toNanos());
            }
            Instant start = Instant.now();
            String jobId = client.startExport("/$export?_type=Media");
            while (client.status(jobId).statusCode() == 202 && Instant.now().isBefore(start.plus(PATIENCE))) {
                during = Math.max(during, server.liveHeapBytes());
                LockSupport.parkNanos(BETWEEN_COLLECTIONS.toNanos());
            }
            Duration taken = Duration.between(start, Instant.now());
            manifest = manifest(jobId);
            System.err.printf(
                    "%s, %s: %s; in use after collections: idle %,d, during %,d, afterwards %,d%n",
                    getClass().getSimpleName(), SIZES, taken, idle, during, server.liveHeapBytes());
            assertThat(others.answers()).containsOnly("200");
        }

        assertThat(manifest.has("error") && !manifest.path("error").isEmpty()).isFalse();
        media.assertWholeIn(manifest, client);
        assertThat(during - idle).isLessThan(MAY_GROW);
        assertThat(server.liveHeapBytes() - idle).isLessThan(MAY_GROW);
    }

    @Test
    void aResourceThatIsOverTheHeapIsALineOfTheErrorFileWhileTheOthersAndOtherRequestsGoOn() throws Exception {
        put("DocumentReference", "first", DOCUMENT);
        put("DocumentReference", "over-the-heap", DOCUMENT);
        put("DocumentReference", "last", DOCUMENT);
        enlarge("over-the-heap", DOCUMENT, "QUJD".repeat(250), SIZES.overTheHeap());

        JsonNode manifest = exported("DocumentReference");

        assertThat(linesOf(manifest, "output")).map(MemoryContract::idOf).containsExactlyInAnyOrder("first", "last");
        assertThat(linesOf(manifest, "error"))
                .singleElement()
                .asString()
                .contains("DocumentReference/over-the-heap is too large");
        assertNothingWasOutOfMemory();
    }

    /** Characters that Java needs two bytes for, and what has to be parsed. */
    @Test
    void aResourceThatNeedsMoreMemoryThanOthersOfItsSizeIsExportedOrALineOfTheErrorFile() throws Exception {
        put("Basic", "wide", BASIC);
        put("Basic", "escaped", BASIC);
        put("Basic", "contained", BASIC);
        enlarge("wide", BASIC, "😀" + "A".repeat(996), SIZES.demanding());
        enlarge("escaped", BASIC, "\u2028" + "A".repeat(997), SIZES.demanding());
        String contained = "\"contained\":[{\"resourceType\":\"Patient\",\"id\":\"p\"}],\"extension\"";
        enlarge("contained", BASIC.replace("\"extension\"", contained), "A".repeat(1000), SIZES.demanding());

        JsonNode manifest = exported("Basic");

        List<String> present =
                linesOf(manifest, "output").stream().map(MemoryContract::idOf).toList();
        List<String> reported = linesOf(manifest, "error").stream()
                .map(line -> line.replaceFirst(".*Basic/([a-z]+).*", "$1"))
                .toList();
        System.err.printf("%s: exported %s, reported %s%n", getClass().getSimpleName(), present, reported);
        assertThat(Stream.concat(present.stream(), reported.stream()))
                .containsExactlyInAnyOrder("wide", "escaped", "contained");
        assertNothingWasOutOfMemory();
    }

    /** Their size is not known before they are read. */
    @Test
    void compressedResourcesThatDoNotFitTogetherAreReadOneByOne() throws Exception {
        List<String> ids = IntStream.range(0, COMPRESSED)
                .mapToObj(number -> "compressed-" + number)
                .toList();
        for (String id : ids) {
            put("Communication", id, COMMUNICATION);
            setCompressed(id, compressed(COMMUNICATION, SIZES.together()));
        }
        put("Communication", "broken", COMMUNICATION);
        setCompressed("broken", new byte[] {1, 2, 3});

        JsonNode manifest = manifest(client.startExport("/$export?_type=Communication"));

        assertThat(linesOf(manifest, "error"))
                .singleElement()
                .asString()
                .contains("Communication/broken cannot be read");
        assertThat(linesOf(manifest, "output")).map(MemoryContract::idOf).containsExactlyInAnyOrderElementsOf(ids);
    }

    private static byte[] compressed(String template, int megabytes) throws IOException {
        String[] around = template.formatted("", "|").split("\\|", -1);
        byte[] part = "A".repeat(MEGABYTE).getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
            gzip.write(around[0].getBytes(StandardCharsets.UTF_8));
            for (int i = 0; i < megabytes; i++) {
                gzip.write(part);
            }
            gzip.write(around[1].getBytes(StandardCharsets.UTF_8));
        }
        return compressed.toByteArray();
    }

    private void put(String type, String id, String template) {
        String json = template.formatted("\"id\":\"" + id + "\",", "QUJD");
        HttpResponse<String> response =
                client.send("PUT", "/" + type + "/" + id, json, "Content-Type", "application/fhir+json");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
    }

    private void enlarge(String id, String template, String kilobyte, int megabytes) throws SQLException {
        String[] around = template.formatted("", "|").split("\\|", -1);
        setText(id, around[0], kilobyte, megabytes * 1000, around[1]);
    }

    /** While others go on. */
    private JsonNode exported(String type) throws Exception {
        try (SteadyRequests others = new SteadyRequests(server.port(), "/metadata")) {
            JsonNode manifest = manifest(client.startExport("/$export?_type=" + type));
            others.awaitAnswers();
            assertThat(others.answers()).containsOnly("200");
            return manifest;
        }
    }

    private void assertNothingWasOutOfMemory() throws IOException {
        byte[] log = Files.readAllBytes(directory.resolve("server.log"));
        assertThat(new String(log, (int) logged, (int) (log.length - logged), StandardCharsets.UTF_8))
                .doesNotContain("OutOfMemoryError");
    }

    /** Of a line that may be too long to be parsed here. */
    private static String idOf(String line) {
        return line.replaceFirst("(?s).*?\"id\":\"([^\"]+)\".*", "$1");
    }

    private JsonNode manifest(String jobId) throws Exception {
        Await.until("the export", PATIENCE, () -> client.status(jobId).statusCode() != 202);
        HttpResponse<String> complete = client.status(jobId);
        assertThat(complete.statusCode()).as(complete.body()).isEqualTo(200);
        return ExportClient.json(complete.body());
    }

    private List<String> linesOf(JsonNode manifest, String kind) {
        List<String> lines = new ArrayList<>();
        manifest.path(kind)
                .forEach(file ->
                        client.get(file.path("url").asText()).body().lines().forEach(lines::add));
        return lines;
    }
}
