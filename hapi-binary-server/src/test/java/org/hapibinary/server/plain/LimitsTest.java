/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.hapibinary.server.client.Answers.assertOutcome;
import static org.hapibinary.server.host.ExportedGroup.ALL_TYPES;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.quota.ExportQuota;
import org.hapibinary.lifecycle.Sweep;
import org.hapibinary.plainserver.HostedExport;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.AdjustableClock;
import org.hapibinary.server.host.SeededFile;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What a client gets who wants more than its share, and what the others get then. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public class LimitsTest {

    private static final String EXPORT = "/$export?_type=Patient";
    private static final String LIMIT = "hapi.binary.limits.";
    private static final int EXPORTS_PER_CLIENT = 2;
    private static final int EXPORTS = 3;
    private static final int DOWNLOADS_PER_CLIENT = 2;
    private static final int DOWNLOADS = 3;
    private static final long STORED_BYTES = 20_000;
    private static final int LARGE = 16 << 20;
    private static final Duration TOKENS_LAST = Duration.ofMinutes(30);

    @TempDir
    static Path directory;

    private final BlockingQueue<HostedExport> begun = new LinkedBlockingQueue<>();
    private final AdjustableClock clock = new AdjustableClock();
    private final TestIssuer issuer = new TestIssuer();
    private PlainHost host;

    @BeforeAll
    void start() throws IOException {
        host = PlainHost.start(
                clock, (export, kickOff) -> begun.add(export), directory, issuer, settings -> settings.exportLimits(
                                new ExportQuota.Limits(
                                        EXPORTS_PER_CLIENT, EXPORTS, STORED_BYTES, null, Duration.ofMinutes(5)))
                        .downloads(DOWNLOADS_PER_CLIENT, DOWNLOADS));
    }

    @AfterAll
    void stop() {
        host.close();
        issuer.close();
    }

    @AfterEach
    void endExports() {
        List<HostedExport> left = new ArrayList<>();
        begun.drainTo(left);
        left.forEach(HostedExport::close);
    }

    private ExportClient client(String id) {
        String base = ExportClient.nobody(host.port()).base();
        return ExportClient.withBearer(
                host.port(),
                TestIssuer.signed(
                        issuer.key(),
                        issuer.claims(
                                base,
                                id,
                                ALL_TYPES,
                                claims -> claims.expirationTime(
                                        Date.from(clock.instant().plus(TOKENS_LAST))))));
    }

    private static String newId() {
        return "client-" + UUID.randomUUID();
    }

    private static void assertThrottled(HttpResponse<String> answer, String limit) {
        assertOutcome(answer, 429, "throttled");
        assertThat(answer.body()).contains(LIMIT + limit);
        assertThat(answer.headers().firstValue("Retry-After"))
                .hasValueSatisfying(seconds -> assertThat(seconds).matches("[1-9]\\d*"));
    }

    private HostedExport open(ExportClient client) {
        client.startExport(EXPORT);
        return begun.remove();
    }

    private String query(String sql) throws SQLException {
        try (var connection = host.bean(DataSource.class).getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }

    @Test
    void aClientHasNoMoreExportsRunningThanItsLimitHoweverItStartsThem() throws SQLException {
        ExportClient greedy = client(newId());
        ExportClient polite = client(newId());
        try (HostedExport first = open(greedy);
                HostedExport second = open(greedy)) {
            String before = query("select count(*) from HBP_EXPORT");

            assertThrottled(greedy.kickOff(EXPORT), "exports-per-client");
            assertThrottled(greedy.kickOff("/Group/example-group/$export"), "exports-per-client");
            assertThrottled(greedy.kickOffByPost(EXPORT, "{\"resourceType\":\"Parameters\"}"), "exports-per-client");
            assertThat(query("select count(*) from HBP_EXPORT")).isEqualTo(before);
            assertThat(polite.kickOff(EXPORT).statusCode()).isEqualTo(202);
            assertThat(first.id()).isNotEqualTo(second.id());
        }
        assertThat(greedy.kickOff(EXPORT).statusCode()).isEqualTo(202);
    }

    @Test
    void kickOffsAtTheSameTimeAreCountedOneByOne() {
        ExportClient greedy = client(newId());

        List<Integer> answers = IntStream.range(0, 10)
                .mapToObj(i -> CompletableFuture.supplyAsync(
                        () -> greedy.kickOff(EXPORT).statusCode()))
                .toList()
                .stream()
                .map(CompletableFuture::join)
                .toList();

        assertThat(answers.stream().filter(status -> status == 202)).hasSize(EXPORTS_PER_CLIENT);
        assertThat(answers.stream().filter(status -> status == 429)).hasSize(10 - EXPORTS_PER_CLIENT);
    }

    @Test
    void aKickOffThatWaitsTooLongForItsTurnIsToBeSentAgainAndWhoHasNoRoomDoesNotWait() throws SQLException {
        ExportClient greedy = client(newId());
        ExportClient polite = client(newId());
        try (HostedExport first = open(greedy);
                HostedExport second = open(greedy);
                Connection another = host.bean(DataSource.class).getConnection();
                Statement statement = another.createStatement()) {
            another.setAutoCommit(false);
            statement.executeQuery("select NAME from HBP_LOCK where NAME = 'KICK_OFF' for update");

            assertThrottled(greedy.kickOff(EXPORT), "exports-per-client");
            HttpResponse<String> answer = polite.kickOff(EXPORT);

            assertOutcome(answer, 503, "transient");
            assertThat(answer.headers().firstValue("Retry-After")).hasValue("5");
            assertThat(answer.body()).doesNotContainIgnoringCase("HBP_").doesNotContainIgnoringCase("select");
            another.rollback();
            assertThat(first.id()).isNotEqualTo(second.id());
        }
        assertThat(polite.kickOff(EXPORT).statusCode()).isEqualTo(202);
    }

    @Test
    void whereAllRunThatMayWhoHasNoneIsServedStill() {
        ExportClient greedy = client(newId());
        ExportClient other = client(newId());
        assertThat(greedy.kickOff(EXPORT).statusCode()).isEqualTo(202);
        assertThat(greedy.kickOff(EXPORT).statusCode()).isEqualTo(202);
        assertThat(other.kickOff(EXPORT).statusCode()).isEqualTo(202);

        assertThrottled(other.kickOff(EXPORT), "exports");

        for (int i = EXPORTS; i < 2 * EXPORTS; i++) {
            assertThat(client(newId()).kickOff(EXPORT).statusCode()).isEqualTo(202);
        }
        assertThrottled(client(newId()).kickOff(EXPORT), "exports");
    }

    @Test
    void whoAsksTooOftenIsToldWhenToAskAgain() {
        ExportClient client = client(newId());
        try (HostedExport export = open(client)) {
            assertThat(client.status(export.id()).headers().firstValue("Retry-After"))
                    .contains("300");

            assertThrottled(client.status(export.id()), "poll-interval");
            assertThrottled(client.get("/$export-poll-status/" + export.id()), "poll-interval");
            HttpResponse<String> head = client.send("HEAD", "/$export-poll-status?_jobId=" + export.id(), "");
            assertThat(head.statusCode()).isEqualTo(429);
            assertThat(head.headers().firstValue("Retry-After")).contains("300");

            clock.advance(Duration.ofMinutes(5));
            assertThat(client.status(export.id()).statusCode()).isEqualTo(202);
            assertThat(client.send("DELETE", export.statusUrl(), "").statusCode())
                    .isEqualTo(202);
            assertThat(client.status(export.id()).statusCode()).isEqualTo(404);
        }
    }

    @Test
    void anExportThatGrowsOverWhatItsClientMayStoreFailsWithThatReason() throws Exception {
        String id = newId();
        ExportClient client = client(id);
        HostedExport export = open(client);
        export.write("Patient", randomLines(2 * STORED_BYTES));

        assertThatThrownBy(() -> export.write("Patient", randomLines(10))).isInstanceOf(Export.EndedException.class);

        HttpResponse<String> status = client.status(export.id());
        assertOutcome(status, 500, "too-costly");
        assertThat(status.body()).contains(LIMIT + "stored-bytes-per-client");
        export.close();
        assertThrottled(client.kickOff(EXPORT), "stored-bytes-per-client");
        assertThat(client(newId()).kickOff(EXPORT).statusCode()).isEqualTo(202);
        host.bean(Sweep.class).run(() -> true);
        assertThat(client.kickOff(EXPORT).statusCode()).isEqualTo(202);
    }

    @Test
    void anExportWhoseLastFileIsTooMuchDoesNotComplete() throws Exception {
        ExportClient client = client(newId());
        try (HostedExport export = open(client)) {
            export.write("Patient", randomLines(2 * STORED_BYTES));
            export.complete();

            assertOutcome(client.status(export.id()), 500, "too-costly");
        }
    }

    private static InputStream randomLines(long bytes) {
        StringBuilder lines = new StringBuilder();
        while (lines.length() < bytes) {
            lines.append("{\"resourceType\":\"Patient\",\"id\":\"")
                    .append(UUID.randomUUID())
                    .append("\"}\n");
        }
        return new ByteArrayInputStream(lines.toString().getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aMillionUnknownParametersAreNotAMillionRows() throws SQLException {
        ExportClient client = client(newId());
        String parameters = IntStream.range(0, 3_000)
                .mapToObj(i -> "{\"name\":\"unknown-" + i + "\",\"valueString\":\"x\"}")
                .collect(Collectors.joining(",", "{\"resourceType\":\"Parameters\",\"parameter\":[", "]}"));

        HttpResponse<String> answer = client.send(
                "POST",
                EXPORT,
                parameters,
                "Prefer",
                "respond-async, handling=lenient",
                "Content-Type",
                "application/fhir+json");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        String export = begun.element().id();
        assertThat(Integer.parseInt(query("select count(*) from HBP_EXPORT_ISSUE where EXPORT_ID = '" + export + "'")))
                .isBetween(1, 101);
        assertThat(query("select count(*) from HBP_EXPORT_ISSUE where EXPORT_ID = '" + export
                        + "' and DIAGNOSTICS like '%more parameters were ignored%'"))
                .isEqualTo("1");
        HttpResponse<String> strict = client.kickOffByPost(EXPORT, parameters);
        assertOutcome(strict, 400, "invalid");
        assertThat(strict.body().length()).isLessThan(10_000);
    }

    @Test
    void aClientHasNoMoreDownloadsAtOnceThanItsLimitWhateverBecomesOfThem() throws Exception {
        String id = newId();
        ExportClient greedy = client(id);
        SeededFile file = SeededFile.in(host, LARGE, issuer.url(), id);
        String others = newId();
        SeededFile ofOthers = SeededFile.in(host, LARGE, issuer.url(), others);

        for (int round = 0; round < 2; round++) {
            List<Socket> slow = new ArrayList<>();
            for (int i = 0; i < DOWNLOADS_PER_CLIENT; i++) {
                slow.add(slowDownload(greedy, file));
            }

            assertThrottled(greedy.get(file.path()), "downloads-per-client");
            assertThrottled(greedy.get(file.path(), "Range", "bytes=0-9"), "downloads-per-client");
            assertThat(greedy.send("HEAD", file.path(), "").statusCode()).isEqualTo(200);
            assertThat(greedy.get(file.path(), "If-Match", "\"other\"").statusCode())
                    .isEqualTo(412);
            assertThat(greedy.get(file.path(), "If-None-Match", "*").statusCode())
                    .isEqualTo(304);
            assertThat(greedy.get("/Binary/" + file.binaryId()).statusCode()).isEqualTo(200);
            assertThat(SeededFile.sha256Of(
                            client(others).getStream(ofOthers.path()).body()))
                    .isEqualTo(ofOthers.sha256());

            for (Socket socket : slow) {
                socket.close();
            }
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> greedy.get(file.path(), "Range", "bytes=0-9").statusCode() == 206);
        }
        for (int i = 0; i < 3 * DOWNLOADS_PER_CLIENT; i++) {
            assertThat(greedy.get(file.path(), "Range", "bytes=0-9").statusCode())
                    .isEqualTo(206);
            assertThat(greedy.get(file.path(), "Range", "bytes=" + LARGE + "-").statusCode())
                    .isEqualTo(416);
            assertThat(greedy.get(file.path(), "If-Match", "\"other\"").statusCode())
                    .isEqualTo(412);
        }
        assertThat(SeededFile.sha256Of(greedy.getStream(file.path()).body())).isEqualTo(file.sha256());
    }

    @Test
    void aConnectionIsGoodForMoreAfterARefusal() throws Exception {
        String id = newId();
        ExportClient greedy = client(id);
        SeededFile file = SeededFile.in(host, LARGE, issuer.url(), id);
        List<Socket> slow = new ArrayList<>();
        for (int i = 0; i < DOWNLOADS_PER_CLIENT; i++) {
            slow.add(slowDownload(greedy, file));
        }
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), host.port())) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream()
                    .write((request("HEAD", greedy, file.path(), "")
                                    + request("GET", greedy, file.path(), "")
                                    + request("GET", greedy, "/Binary/" + file.binaryId(), "Connection: close\r\n"))
                            .getBytes(StandardCharsets.US_ASCII));

            String answers = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(answers.split("HTTP/1.1 429 ", -1)).hasSize(2);
            assertThat(answers.split("HTTP/1.1 200 ", -1)).hasSize(3);
            assertThat(answers.split("\nDate: ", -1)).hasSize(4);
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    private String request(String method, ExportClient client, String path, String more) {
        return method + " /fhir" + path + " HTTP/1.1\r\nHost: localhost:" + host.port() + "\r\nAuthorization: "
                + client.authorization() + "\r\n" + more + "\r\n";
    }

    /** Of which nothing is read but the beginning. */
    private Socket slowDownload(ExportClient client, SeededFile file) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(16 * 1024);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), host.port()));
        socket.getOutputStream().write(request("GET", client, file.path(), "").getBytes(StandardCharsets.US_ASCII));
        assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                .isEqualTo("HTTP/1.1 200");
        return socket;
    }

    @Test
    void aDownloadThatBeganBeforeTheExpiryIsCutSomeTimeAfterAndDoesNotKeepTheFile() throws Exception {
        String id = newId();
        ExportClient client = client(id);
        SeededFile file = SeededFile.in(host, LARGE, issuer.url(), id);
        try (Socket slow = slowDownload(client, file)) {
            slow.setSoTimeout(30_000);
            clock.advance(Duration.ofHours(24).plusMinutes(16));
            AtomicLong received = new AtomicLong();

            await().atMost(Duration.ofMinutes(1))
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> isEnded(slow, received));

            assertThat(received).hasValueLessThan(LARGE);
            host.bean(Sweep.class).run(() -> true);
            assertThat(stateOf(file)).isEqualTo("ERASED");
        }
    }

    private String stateOf(SeededFile file) throws SQLException {
        return query("select STATE from HBP_EXPORT_FILE where BINARY_ID = '" + file.binaryId() + "'");
    }

    /** Reads a little more, until the server ends the connection, in whatever way. */
    private static boolean isEnded(Socket socket, AtomicLong received) throws IOException {
        try {
            int read = socket.getInputStream().read(new byte[1 << 15]);
            received.addAndGet(read);
            return read < 0;
        } catch (SocketException reset) {
            return true;
        }
    }
}
