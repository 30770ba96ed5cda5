/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.operator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.catalog.operator.ActivityRows;
import org.hapibinary.observability.ActivityRecorder;
import org.hapibinary.server.client.Await;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.RawRequest;
import org.hapibinary.server.host.SeededFile;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The operator's endpoint on a management port, in JSON and as pages. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OperatorEndpointTest {

    @TempDir
    static Path directory;

    private OperatorServer operator;

    @BeforeAll
    void start() {
        operator = new OperatorServer(
                directory,
                "spring.datasource.url=jdbc:h2:mem:operator-endpoint;DB_CLOSE_DELAY=-1",
                "hapi.binary.operator.hosts=fhir-ops.example.org,other.example.org");
    }

    @AfterAll
    void stop() {
        operator.close();
    }

    private static String newId() {
        return "client-" + UUID.randomUUID();
    }

    private static JsonNode json(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).hasValueSatisfying(type -> assertThat(type)
                .matches("application/(vnd\\.spring-boot\\.actuator\\.v3\\+)?json.*"));
        return ExportClient.json(response.body());
    }

    private ExportClient client(String id) {
        int port = operator.server().port();
        return ExportClient.withBearer(
                port,
                TestIssuer.signed(
                        operator.issuer().key(),
                        operator.issuer()
                                .claims(ExportClient.nobody(port).base(), id, "system/*.rs", claims -> claims)));
    }

    @Test
    void theOverviewSaysWhatIsStoredByWhomAndWhatHasHappenedToday() throws Exception {
        String id = newId();
        operator.export(id, 50_000);
        ActivityRecorder recorder = new ActivityRecorder(
                new ActivityRows(operator.server().bean(CatalogDatabase.class)), java.time.Clock.systemUTC());
        recorder.download("none", "complete", 700);
        recorder.download("none", "cut", 70);
        recorder.refusal("forbidden");
        recorder.flush();

        JsonNode overview = json(operator.get(""));

        assertThat(overview.path("stored").path("bytes").asLong()).isGreaterThan(50_000);
        JsonNode hours = overview.path("downloads").path("hours");
        assertThat(hours).hasSize(24);
        assertThat(hours.path(23).path("complete").asLong()).isPositive();
        assertThat(hours.path(23).path("cut").asLong()).isPositive();
        assertThat(hours.path(23).path("bytes").asLong()).isGreaterThanOrEqualTo(770);
        assertThat(overview.path("refusals").findValuesAsText("reason")).contains("forbidden");
        assertThat(overview.path("at").asText()).endsWith("Z");
        assertThat(json(operator.get("/clients")).path("clients").findValuesAsText("client"))
                .contains(id);
    }

    @Test
    void alarmsSayWhatIsTheMatterAndWhatToDo() throws Exception {
        SeededFile file = operator.export(newId(), 1_000);
        operator.jdbc().update("update HBP_EXPORT_FILE set DAMAGED = true where BINARY_ID = ?", file.binaryId());
        operator.rows(1, "FAILED", newId(), Duration.ofMinutes(5));

        JsonNode alarms = json(operator.get("")).path("alarms");

        assertThat(alarms.findValuesAsText("text"))
                .anyMatch(text -> text.contains(" damaged: "))
                .anyMatch(text -> text.contains(" failed within "));
        assertThat(alarms.findValuesAsText("whatToDo")).allMatch(text -> text.length() > 20);
        operator.jdbc().update("update HBP_EXPORT_FILE set DAMAGED = false");
    }

    @Test
    void anAuditEventThatASinkDoesNotTakeIsAnAlarm() throws Exception {
        operator.jdbc()
                .update("insert into HBP_AUDIT (EVENT_ID, SERVER, IS_OPEN, EVENT, SINKS, ATTEMPTS, DUE_AT)"
                        + " values ('kept', 'another', false, '{}', 'another', 1,"
                        + " current_timestamp + interval '1' hour)");
        try {
            Await.until(
                    "the alarm",
                    Duration.ofSeconds(30),
                    () -> json(operator.get("")).path("alarms").findValuesAsText("text").stream()
                            .anyMatch(text -> text.startsWith("1 audit event has not reached all sinks")));
        } finally {
            operator.jdbc().update("delete from HBP_AUDIT where EVENT_ID = 'kept'");
        }
    }

    @Test
    void exportsComeByPageTheLatestFirstEachOnce() {
        String id = newId();
        operator.rows(23, "FAILED", id, Duration.ofHours(3));
        operator.rows(7, "COMPLETE", id, Duration.ofHours(2));
        List<String> found = new ArrayList<>();
        String next = "/exports?size=10&client=" + id;
        int pages = 0;
        while (!next.isEmpty()) {
            JsonNode page = json(operator.get(next));
            found.addAll(page.path("exports").findValuesAsText("id"));
            next = page.path("next").isTextual()
                    ? "/exports?size=10&client=" + id + "&before="
                            + page.path("next").asText()
                    : "";
            pages++;
        }

        assertThat(pages).isEqualTo(3);
        assertThat(found).hasSize(30).doesNotHaveDuplicates();
        assertThat(found.get(0)).contains("COMPLETE-0");
        assertThat(found.get(29)).contains("FAILED-22");
    }

    @Test
    void exportsAreFilteredByStateClientIssuerAndLevel() {
        String id = newId();
        operator.rows(2, "FAILED", id, Duration.ofHours(3));
        operator.rows(3, "COMPLETE", id, Duration.ofHours(2));
        operator.rows(4, "DELETED", id, Duration.ofHours(1));
        String expired = newId();
        operator.rows(5, "COMPLETE", expired, Duration.ofHours(30));

        assertThat(states("client=" + id + "&state=COMPLETE"))
                .containsOnly("COMPLETE")
                .hasSize(3);
        assertThat(states("client=" + id + "&state=failed"))
                .containsOnly("FAILED")
                .hasSize(2);
        assertThat(states("client=" + id + "&state=EXPIRED")).isEmpty();
        assertThat(states("client=" + expired)).containsOnly("EXPIRED").hasSize(5);
        assertThat(states("state=EXPIRED&size=100")).containsOnly("EXPIRED");
        assertThat(states("state=RUNNING&level=SYSTEM")).isEmpty();
        assertThat(states("client=" + id + "&level=GROUP&issuer=")).hasSize(9);
        assertThat(states("client=" + id + "&issuer=https%3A%2F%2Felsewhere")).isEmpty();
    }

    private List<String> states(String query) {
        return json(operator.get("/exports?" + query)).path("exports").findValuesAsText("state");
    }

    @Test
    void oneExportIsShownWithItsFilesAndIsEndedAndErased() throws Exception {
        String id = newId();
        SeededFile file = operator.export(id, 20_000);
        String exportId = operator.exportOf(file);

        JsonNode shown = json(operator.get("/exports/" + exportId));
        assertThat(shown.path("export").path("client").asText()).isEqualTo(id);
        assertThat(shown.path("export").path("files").asLong()).isEqualTo(1);
        assertThat(shown.path("export").path("bytes").asLong()).isGreaterThanOrEqualTo(20_000);
        assertThat(shown.path("files").path(0).path("name").asText()).isEqualTo("Patient.ndjson");
        assertThat(client(id).get(file.path()).statusCode()).isEqualTo(200);

        JsonNode ended = json(operator.send("DELETE", "/exports/" + exportId, ""));

        assertThat(ended.path("exports").asLong()).isEqualTo(1);
        assertThat(ended.path("files").asLong()).isEqualTo(1);
        assertThat(ended.path("bytes").asLong()).isGreaterThan(20_000);
        assertThat(client(id).get(file.path()).statusCode()).isEqualTo(404);
        assertThat(json(operator.send("DELETE", "/exports/" + exportId, ""))
                        .path("exports")
                        .asLong())
                .isZero();
    }

    @Test
    void allExportsOfAClientAreEnded() throws Exception {
        String id = newId();
        SeededFile one = operator.export(id, 1_000);
        SeededFile two = operator.export(id, 1_000);
        SeededFile other = operator.export(newId(), 1_000);

        JsonNode ended = json(operator.send(
                "DELETE",
                "/clients?client=" + id + "&issuer=" + operator.issuer().url(),
                ""));

        assertThat(ended.path("exports").asLong()).isEqualTo(2);
        assertThat(client(id).get(one.path()).statusCode()).isEqualTo(404);
        assertThat(client(id).get(two.path()).statusCode()).isEqualTo(404);
        assertThat(json(operator.get("/exports/" + operator.exportOf(other)))
                        .path("export")
                        .path("state")
                        .asText())
                .isEqualTo("COMPLETE");
    }

    @Test
    void aClientIsHeldAndReleasedByTheWholeFhirApi() throws Exception {
        String id = newId();
        SeededFile file = operator.export(id, 1_000);
        String body = "{\"issuer\":\"" + operator.issuer().url() + "\",\"client\":\"" + id + "\",\"reason\":\"loud\"}";

        assertThat(json(operator.post("hold", body)).path("held").asBoolean()).isTrue();

        for (String path : List.of(file.path(), "/Patient", "/Patient?name=x", "/$export")) {
            HttpResponse<String> refused = client(id).get(path);
            assertThat(refused.statusCode()).as(path).isEqualTo(403);
            assertThat(refused.body()).contains("on hold");
        }
        JsonNode clients = json(operator.get("/clients")).path("clients");
        assertThat(clients.path(0).path("client").asText()).isEqualTo(id);
        assertThat(clients.path(0).path("reason").asText()).isEqualTo("loud");
        assertThat(operator.page("/clients").body()).contains(id, "Release");

        assertThat(json(operator.post("release", body)).path("released").asBoolean())
                .isTrue();
        assertThat(json(operator.post("release", body)).path("released").asBoolean())
                .isFalse();
        assertThat(client(id).get(file.path()).statusCode()).isEqualTo(200);
        assertThat(client(id).get("/Patient").statusCode()).isEqualTo(200);
    }

    @Test
    void theTasksAreDoneWithAndWithoutABody() {
        assertThat(operator.send("POST", "/sweep", "").statusCode()).isEqualTo(200);
        assertThat(operator.post("sweep", "{}").statusCode()).isEqualTo(200);
        assertThat(json(operator.post("orphans", "{}")).path("erased").isInt()).isTrue();
        assertThat(operator.send("POST", "/adopt", "").statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/exports?state=SLEEPING",
                "/exports?level=WORLD",
                "/exports?size=0",
                "/exports?size=101",
                "/exports?size=many",
                "/exports?before=x",
                "/exports?before=99999999999999999999_x"
            })
    void whatIsNoFilterIsABadRequest(String path) {
        assertThat(operator.get(path).statusCode()).isEqualTo(400);
    }

    @Test
    void whatIsNotThereIsNotFoundAndWhatIsMissingIsABadRequest() {
        assertThat(operator.get("/exports/none").statusCode()).isEqualTo(404);
        assertThat(operator.get("/nothing").statusCode()).isEqualTo(404);
        assertThat(operator.get("/clients/none").statusCode()).isEqualTo(404);
        assertThat(operator.send("DELETE", "/exports/none", "").statusCode()).isEqualTo(404);
        assertThat(operator.send("DELETE", "/clients", "").statusCode()).isEqualTo(400);
        assertThat(operator.send("DELETE", "/exports", "").statusCode()).isEqualTo(404);
        assertThat(operator.send("POST", "/dance", "").statusCode()).isEqualTo(400);
        assertThat(operator.send("POST", "/hold", "").statusCode()).isEqualTo(400);
        assertThat(operator.post("hold", "{\"issuer\":\"x\",\"client\":\"y\"}").statusCode())
                .isEqualTo(400);
        assertThat(operator.post("release", "{\"client\":\"y\"}").statusCode()).isEqualTo(400);
    }

    @Test
    void aBadRequestIsToldWhatIsWrongWithIt() {
        String client = "{\"issuer\":\"x\",\"client\":\"y\"";
        assertThat(error(operator.post("hold", client + "}"))).isEqualTo("reason is needed");
        assertThat(error(operator.post("hold", client + ",\"reason\":\"" + "z".repeat(5_000) + "\"}")))
                .startsWith("The reason must have from 1 to ");
        assertThat(error(operator.send("POST", "/dance", ""))).contains("sweep");
        HttpResponse<String> page = operator.send("GET", "/exports?size=1000", "", "Accept", "text/html");
        assertThat(page.statusCode()).isEqualTo(400);
        assertThat(page.body()).contains("size must be from 1 to 100");
    }

    private static String error(HttpResponse<String> response) {
        assertThat(response.statusCode()).isEqualTo(400);
        return ExportClient.json(response.body()).path("error").asText();
    }

    @Test
    void aPageOfAnotherSiteDoesNothingInTheOperatorsPlace() throws Exception {
        SeededFile file = operator.export(newId(), 1_000);
        String path = "/exports/" + operator.exportOf(file);

        assertThat(operator.send("POST", "/sweep", "", "Origin", "https://evil.example.org")
                        .statusCode())
                .isEqualTo(400);
        assertThat(operator.send("POST", "/adopt", "", "Sec-Fetch-Site", "cross-site")
                        .statusCode())
                .isEqualTo(400);
        assertThat(operator.send("DELETE", path, "", "Origin", "null").statusCode())
                .isEqualTo(400);
        assertThat(operator.send(
                                "POST",
                                "/hold",
                                "issuer=a&client=b&reason=c",
                                "Content-Type",
                                "application/x-www-form-urlencoded")
                        .statusCode())
                .isEqualTo(415);
        String own = operator.root().substring(0, operator.root().indexOf("/actuator"));
        assertThat(operator.send("DELETE", path, "", "Origin", own, "Sec-Fetch-Site", "same-origin")
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void aNameThatAnyoneCouldHaveLeadHereIsRefusedUnlessItIsListed() {
        for (String target : List.of("", "/exports", "/clients", "/exports/none")) {
            assertThat(statusUnder("evil.example.org", target)).as(target).isEqualTo(400);
        }
        for (String host : List.of("FHIR-ops.example.org", "127.0.0.1", "[::1]", "localhost", "ops", "ops.local")) {
            assertThat(statusUnder(host, "")).as(host).isEqualTo(200);
        }
    }

    private int statusUnder(String host, String target) {
        URI url = URI.create(operator.root() + target);
        return new RawRequest(
                        "GET", url.getPath(), List.of("Host: " + host + ":" + url.getPort(), "Connection: close"), "")
                .sendTo(url.getPort())
                .status();
    }

    @Test
    void credentialsInAUrlAreShownToNobody() throws Exception {
        SeededFile file = operator.export(newId(), 1_000);
        String id = operator.exportOf(file);
        operator.jdbc()
                .update(
                        "update HBP_EXPORT set REQUEST_URL = 'http://x/fhir/$export?access_token=SECRET&_type=Patient'"
                                + " where EXPORT_ID = ?",
                        id);

        String url = json(operator.get("/exports/" + id)).at("/export/request").asText();

        assertThat(url).isEqualTo("http://x/fhir/$export?access_token=removed&_type=Patient");
        assertThat(operator.page("/exports/" + id).body()).doesNotContain("SECRET");
        assertThat(operator.get("/exports").body()).doesNotContain("SECRET");
    }

    @Test
    void aBrowserGetsPagesThatRunNothingButTheirOwnScript() {
        for (String path : List.of("", "/exports", "/clients")) {
            HttpResponse<String> page = operator.page(path);

            assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
            assertThat(page.headers().firstValue("Content-Type"))
                    .hasValueSatisfying(
                            type -> assertThat(type.replace(" ", "")).isEqualToIgnoringCase("text/html;charset=utf-8"));
            assertThat(page.headers().firstValue("X-Frame-Options")).contains("DENY");
            assertThat(page.headers().firstValue("Content-Security-Policy")).contains("frame-ancestors 'none'");
            assertThat(page.headers().firstValue("Cache-Control")).contains("no-store");
            assertThat(page.body())
                    .startsWith("<!doctype html>")
                    .contains("http-equiv=\"Content-Security-Policy\"", "default-src &#39;none&#39;")
                    .doesNotContain("onclick", "javascript:", "src=\"http", "href=\"http");
        }
    }

    @Test
    void whatAClientWritesIsTextInEveryPage() throws Exception {
        SeededFile file = operator.export(OperatorServer.HOSTILE, 1_000);
        operator.rows(1, "RUNNING", OperatorServer.HOSTILE, Duration.ofMinutes(1));
        operator.rows(1, "FAILED", OperatorServer.HOSTILE, Duration.ofMinutes(1));
        operator.jdbc()
                .update(
                        "update HBP_EXPORT_FILE set FILE_NAME = '<script>x</script>' where BINARY_ID = ?",
                        file.binaryId());
        String failed = "row-" + OperatorServer.HOSTILE.hashCode() + "-FAILED-0";
        assertThat(operator.send(
                                "POST",
                                "/hold",
                                "{\"issuer\":\"<script>a</script>\",\"client\":\"<b>\",\"reason\":\"<i onload='x'>\"}",
                                "Content-Type",
                                "application/json")
                        .statusCode())
                .isEqualTo(200);

        for (String path : List.of(
                "",
                "/exports",
                "/clients",
                "/exports/" + operator.exportOf(file),
                "/exports/" + failed,
                "/exports?client=%22%3E%3Cscript%3Ex%3C%2Fscript%3E")) {
            String page = operator.page(path).body();

            assertThat(page).as(path).containsOnlyOnce("<script");
            assertThat(page).as(path).doesNotContain("<img", "<b>", "<i ");
        }
        operator.post("release", "{\"issuer\":\"<script>a</script>\",\"client\":\"<b>\"}");
        operator.jdbc().update("delete from HBP_EXPORT where EXPORT_ID like 'row-%'");
    }
}
