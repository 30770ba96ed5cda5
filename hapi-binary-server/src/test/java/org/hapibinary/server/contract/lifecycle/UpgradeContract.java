/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.assertOutcome;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.lifecycle.Sweep;
import org.hapibinary.server.client.Await;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.ServerUnderTest;
import org.hapibinary.server.world.FormerCatalog;
import org.hapibinary.server.world.FormerCatalog.Moments;
import org.hapibinary.storage.ContentStore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.JdbcTemplate;

/** What the release before has left in the catalog is served, ended and erased by this one as if it were its own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
public abstract class UpgradeContract {

    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration DAY = Duration.ofDays(1);
    private static final Set<String> FILES_THAT_STAY =
            Set.of("complete-data", "complete-deleted", "complete-error", "other-data");

    @TempDir
    protected static Path directory;

    protected final TestIssuer issuer = new TestIssuer();
    private ServerUnderTest server;
    private ExportClient client;
    private Set<String> contentsThatStay;

    /** Without the catalog's tables. */
    protected abstract DataSource database() throws Exception;

    /** A server on that database, with the store in the directory {@code binary}. */
    protected abstract ServerUnderTest startServer() throws Exception;

    @BeforeAll
    protected void startOnTheFormerCatalog() throws Exception {
        try (FormerCatalog former = new FormerCatalog(database(), directory.resolve("binary"), issuer.url())) {
            fill(former);
            contentsThatStay = former.contents().entrySet().stream()
                    .filter(content -> FILES_THAT_STAY.contains(content.getValue()))
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toSet());
        }
        server = startServer();
        client = ExportClient.withBearer(
                server.port(),
                issuer.token("http://localhost:" + server.port() + "/fhir", FormerCatalog.CLIENT, "system/*.rs"));
    }

    private static void fill(FormerCatalog former) throws IOException {
        former.export("running", "RUNNING", Moments.running(DAY), null);
        former.chunk("running", "running-done", true);
        former.chunk("running", "running-at-work", false);
        former.file("running", "running-done", "running-data", "DATA", "AVAILABLE");
        former.file("running", "running-at-work", "running-begun", "DATA", "WRITING");
        former.issue("running", "not-found");
        former.issue("running", "of-the-host");
        former.member("running", 1);

        for (String id : List.of("complete", "other", "given-up")) {
            former.export(id, "COMPLETE", Moments.complete(HOUR, DAY), null);
            former.chunk(id, id + "-chunk", true);
            former.file(id, id + "-chunk", id + "-data", "DATA", "AVAILABLE");
        }
        former.file("complete", "complete-chunk", "complete-deleted", "DELETED", "AVAILABLE");
        former.file("complete", null, "complete-error", "ERROR", "AVAILABLE");
        former.file("complete", "complete-chunk", "complete-left-over", "DATA", "DISCARDED");
        former.attachment("complete-data", "letter", null);
        former.attachment("complete-data", "scan", "BINARY_SCOPE");
        former.attachment("other-data", "letter", "REFERENCE");
        former.issue("complete", "not-found");

        former.export("expired", "COMPLETE", Moments.complete(DAY.multipliedBy(2), HOUR.negated()), null);
        former.chunk("expired", "expired-chunk", true);
        former.file("expired", "expired-chunk", "expired-data", "DATA", "AVAILABLE");
        former.attachment("expired-data", "letter", null);

        former.export(
                "erased",
                "COMPLETE",
                Moments.complete(DAY.multipliedBy(3), DAY.negated()).erased(DAY),
                null);
        former.file("erased", null, "erased-data", "DATA", "ERASED");
        former.export(
                "forgotten",
                "COMPLETE",
                Moments.complete(DAY.multipliedBy(90), DAY.multipliedBy(-89)).erased(DAY.multipliedBy(88)),
                null);
        former.file("forgotten", null, "forgotten-data", "DATA", "ERASED");

        former.export("failed", "FAILED", Moments.complete(HOUR, HOUR), "It was too large.");
        former.chunk("failed", "failed-chunk", false);
        former.file("failed", "failed-chunk", "failed-data", "DATA", "DISCARDED");
        former.export("failed-long-ago", "FAILED", Moments.complete(HOUR, HOUR), null);
        former.export("deleted", "DELETED", Moments.complete(HOUR, HOUR), null);
        former.file("deleted", null, "deleted-data", "DATA", "DISCARDED");
    }

    /** A database is stopped after its server, which would wait for it else. */
    @AfterAll
    protected void stop() throws IOException {
        server.close();
        issuer.close();
    }

    private HttpResponse<String> status(String exportId) {
        return client.get("/$export-poll-status?_jobId=" + exportId);
    }

    private HttpResponse<String> file(String binaryId, String... headers) {
        return client.get("/Binary/" + binaryId + "/$binary-access-read", headers);
    }

    @Test
    @Order(1)
    void aCompleteExportIsServed() {
        JsonNode manifest = ExportClient.json(status("complete").body());

        for (String list : List.of("output", "deleted", "error")) {
            assertThat(manifest.path(list)).hasSize(1);
        }
        for (String id : List.of("complete-data", "complete-deleted", "complete-error")) {
            HttpResponse<String> whole = file(id);
            assertThat(whole.statusCode()).as(whole.body()).isEqualTo(200);
            assertThat(whole.body()).isEqualTo(FormerCatalog.text(id));
            assertThat(whole.headers().firstValue("Content-Disposition"))
                    .contains("attachment; filename=\"" + id + ".ndjson\"");
            assertThat(file(id, "Accept-Encoding", "gzip").headers().firstValue("Content-Encoding"))
                    .contains("gzip");
            assertThat(client.get("/Binary/" + id).statusCode()).isEqualTo(200);
        }
        assertThat(file("complete-left-over").statusCode()).isEqualTo(404);
    }

    @Test
    @Order(2)
    void whatHadEndedHasEndedTheSameWay() {
        for (String expired : List.of("expired", "erased")) {
            assertOutcome(status(expired), 410, "deleted");
            assertOutcome(file(expired + "-data"), 410, "deleted");
        }
        assertOutcome(status("deleted"), 404, "not-found");
        assertOutcome(file("deleted-data"), 404, "not-found");
        assertOutcome(status("failed"), 500, "too-costly");
        assertThat(status("failed").body()).contains("It was too large.");
        assertOutcome(status("failed-long-ago"), 500, "exception");
        assertThat(file("failed-data").statusCode()).isEqualTo(404);
    }

    @Test
    @Order(3)
    void anExportThatNobodyIsAtWorkOnAnyMoreEnds() throws Exception {
        Await.until("the end", Duration.ofMinutes(1), () -> status("running").statusCode() != 202);

        assertThat(status("running").statusCode()).isEqualTo(500);
        assertThat(file("running-data").statusCode()).isEqualTo(404);
    }

    @Test
    @Order(4)
    void anExportCanBeDeleted() {
        HttpResponse<String> deleted = client.send("DELETE", "/$export-poll-status?_jobId=given-up", "");

        assertThat(deleted.statusCode()).as(deleted.body()).isEqualTo(202);
        assertOutcome(status("given-up"), 404, "not-found");
        assertOutcome(file("given-up-data"), 404, "not-found");
    }

    /** A sweep of the server's own may erase them, and says so in their rows afterwards. */
    private List<String> unerased() {
        return new JdbcTemplate(server.bean(DataSource.class))
                .queryForList("select BINARY_ID from HBP_EXPORT_FILE where STATE <> 'ERASED'", String.class);
    }

    @Test
    @Order(5)
    void whatNobodyMayHaveAnyMoreIsErasedAndNothingElse() throws Exception {
        ContentStore store = server.bean(ContentStore.class);
        Set<String> contents = new TreeSet<>();
        Await.until("the erasure", Duration.ofMinutes(1), () -> {
            server.bean(Sweep.class).run(() -> true);
            contents.clear();
            store.list(key -> contents.add(key.contentId()));
            return contents.size() <= contentsThatStay.size() && unerased().size() <= FILES_THAT_STAY.size();
        });

        assertThat(contents).containsExactlyInAnyOrderElementsOf(contentsThatStay);
        assertThat(unerased()).containsExactlyInAnyOrderElementsOf(FILES_THAT_STAY);
    }

    @Test
    @Order(6)
    void afterwardsTheAnswersAreTheSameButForWhatHasBeenForgotten() {
        aCompleteExportIsServed();
        for (String expired : List.of("expired", "erased")) {
            assertOutcome(status(expired), 410, "deleted");
            assertOutcome(file(expired + "-data"), 410, "deleted");
        }
        assertOutcome(status("forgotten"), 404, "not-found");
        assertThat(status("running").statusCode()).isEqualTo(500);
        assertOutcome(status("failed"), 500, "too-costly");
        assertOutcome(status("given-up"), 404, "not-found");
    }
}
