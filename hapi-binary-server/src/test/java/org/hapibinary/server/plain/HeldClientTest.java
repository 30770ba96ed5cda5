/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hapibinary.server.client.Answers.assertOutcome;
import static org.hapibinary.server.host.ExportedGroup.ALL_TYPES;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.catalog.operator.HeldClientRows.Held;
import org.hapibinary.lifecycle.Revocation;
import org.hapibinary.server.client.Await;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.SmallExport;
import org.hapibinary.server.host.SeededFile;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.JdbcTemplate;

/** What becomes of a client whom the operator of two servers on one database has put on hold. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HeldClientTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int LARGE = 32 << 20;

    @TempDir
    static Path directory;

    private final TestIssuer issuer = new TestIssuer();
    private EmbeddedPostgres postgres;
    private PlainHost a;
    private PlainHost b;

    @BeforeAll
    void start() throws IOException {
        postgres = FreePorts.postgres();
        a = server();
        b = server();
    }

    private PlainHost server() throws IOException {
        return PlainHost.start(
                directory,
                issuer,
                settings -> settings,
                "spring.datasource.url=" + postgres.getJdbcUrl("postgres", "postgres"),
                "spring.datasource.username=postgres");
    }

    @AfterAll
    void stop() throws IOException {
        a.close();
        b.close();
        issuer.close();
        postgres.close();
    }

    private ExportClient client(PlainHost server, String id) {
        String base = ExportClient.nobody(server.port()).base();
        return ExportClient.withBearer(
                server.port(), TestIssuer.signed(issuer.key(), issuer.claims(base, id, ALL_TYPES, claims -> claims)));
    }

    private static String newId() {
        return "client-" + UUID.randomUUID();
    }

    private static void assertHeld(HttpResponse<String> response) {
        assertOutcome(response, 403, "forbidden");
        assertThat(response.body()).contains("put this client on hold");
    }

    @Test
    void whenTheOperatorHasTheAnswerEveryServerRefusesEveryRequestOfTheClient() throws Exception {
        String id = newId();
        SeededFile file = SeededFile.in(a, 10_000, issuer.url(), id);
        for (int i = 0; i < 3; i++) {
            for (PlainHost server : List.of(a, b)) {
                assertThat(client(server, id).get(file.path()).statusCode()).isEqualTo(200);
            }

            (i % 2 == 0 ? a : b).plugin().hold(issuer.url(), id, "too curious");

            for (PlainHost server : List.of(a, b)) {
                ExportClient held = client(server, id);
                assertHeld(held.get(file.path()));
                assertHeld(held.get("/Binary/" + file.binaryId()));
                assertHeld(held.kickOff("/$export"));
                assertHeld(held.kickOffByPost("/$export", "{\"resourceType\":\"Parameters\"}"));
                assertHeld(held.send(
                        "POST",
                        "/$export-poll-status?x=y",
                        "_jobId=none",
                        "Content-Type",
                        "application/x-www-form-urlencoded"));
                assertHeld(held.status("none"));
                assertHeld(held.send("DELETE", "/$export-poll-status?_jobId=none", ""));
                assertThat(held.get("/metadata").statusCode()).isEqualTo(200);
                assertOutcome(client(server, newId()).get(file.path()), 403, "forbidden");
                assertThat(client(server, newId()).status("none").statusCode()).isEqualTo(404);
            }
            assertThat(a.plugin().held())
                    .filteredOn(held -> held.clientId().equals(id))
                    .extracting(Held::issuer, Held::reason, Held::heldBy)
                    .containsExactly(org.assertj.core.groups.Tuple.tuple(issuer.url(), "too curious", "host"));

            assertThat((i % 2 == 0 ? b : a).plugin().release(issuer.url(), id)).isTrue();
        }
        assertThat(a.plugin().release(issuer.url(), id)).isFalse();
        assertThat(client(b, id).get(file.path()).statusCode()).isEqualTo(200);
    }

    @Test
    void theClientOfAnotherIssuerHasTheSameNameAndIsNotOnHold() {
        a.plugin().hold("https://another.example.org", "shared-name", "not this one");

        assertThat(client(a, "shared-name").status("none").statusCode()).isEqualTo(404);

        a.plugin().release("https://another.example.org", "shared-name");
    }

    @Test
    void aDownloadThatIsUnderWayEndsWithinSecondsOnTheServerThatSendsIt() throws Exception {
        String id = newId();
        SeededFile file = SeededFile.in(a, LARGE, issuer.url(), id);
        try (InputStream body = client(b, id).getStream(file.path()).body()) {
            assertThat(body.readNBytes(1000)).hasSize(1000);

            a.plugin().hold(issuer.url(), id, "stop that");
            CompletableFuture<Long> rest = CompletableFuture.supplyAsync(() -> slowly(body));

            assertThat(rest.get(PATIENCE.toSeconds(), java.util.concurrent.TimeUnit.SECONDS))
                    .isLessThan(LARGE - 1000);
        } finally {
            a.plugin().release(issuer.url(), id);
        }
    }

    /** Returns how much came until the connection was cut. */
    private static long slowly(InputStream body) {
        long read = 0;
        try {
            byte[] buffer = new byte[64 << 10];
            for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
                read += count;
                Thread.sleep(50);
            }
        } catch (IOException | InterruptedException e) {
            return read;
        }
        return read;
    }

    @Test
    void whetherAClientIsOnHoldCannotBeFoundOutAndNobodyIsLetIn() throws Exception {
        JdbcTemplate jdbc = new JdbcTemplate(a.bean(DataSource.class));
        ExportClient client = client(a, newId());
        assertThat(client.status("none").statusCode()).isEqualTo(404);

        jdbc.execute("alter table HBP_HELD_CLIENT rename to HBP_HELD_CLIENT_AWAY");
        try {
            Await.until(
                    "a copy that is too old",
                    PATIENCE,
                    () -> client.status("none").statusCode() == 503);
            assertOutcome(client.status("none"), 503, "transient");
        } finally {
            jdbc.execute("alter table HBP_HELD_CLIENT_AWAY rename to HBP_HELD_CLIENT");
        }
        assertThat(client.status("none").statusCode()).isEqualTo(404);
    }

    @Test
    void allExportsOfAClientAreEndedAndErasedInWhateverStateTheyAre() throws Exception {
        String id = newId();
        SeededFile complete = SeededFile.in(a, 10_000, issuer.url(), id);
        SeededFile other = SeededFile.in(a, 10_000, issuer.url(), newId());
        SmallExport small = SmallExport.by(client(a, id), "/Group/example-group/$export?_type=Patient");
        assertThat(files(complete)).isEqualTo(2);

        Revocation.Ended ended = b.plugin().endExportsOf(issuer.url(), id);

        assertThat(ended.exports()).isEqualTo(2);
        assertThat(ended.files()).isGreaterThanOrEqualTo(2);
        assertThat(ended.bytes()).isGreaterThan(10_000);
        assertOutcome(client(a, id).get(complete.path()), 404, "not-found");
        assertOutcome(client(a, id).status(small.jobId()), 404, "not-found");
        Await.until("the erasure", PATIENCE, () -> files(complete) == 0);
        assertThat(files(other)).isEqualTo(2);
        assertThat(b.plugin().endExportsOf(issuer.url(), id)).isEqualTo(new Revocation.Ended(0, 0, 0));
    }

    private static long files(SeededFile file) throws IOException {
        try (var all = Files.walk(directory.resolve("binary"))) {
            return all.filter(path -> path.getFileName().toString().contains(file.binaryId())
                            && path.toString().endsWith(".bin"))
                    .count();
        }
    }

    @Test
    void aHoldNeedsAnIssuerAClientAndAReason() {
        assertThatThrownBy(() -> a.plugin().hold("", "client", "reason")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> a.plugin().hold(issuer.url(), " ", "reason"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> a.plugin().hold(issuer.url(), "x".repeat(501), "reason"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> a.plugin().hold(issuer.url(), "client", ""))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
