/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.context.FhirContext;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import javax.sql.DataSource;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.SmallExport;
import org.hapibinary.server.host.SeededFile;
import org.hapibinary.server.world.SmallRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.JdbcTemplate;

/** Which audit events there are, in the log and in the FHIR store. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class AuditContract {

    private static final String ENTITY_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type";

    @TempDir
    static Path directory;

    @SuppressWarnings("NullAway.Init") // started with the first test
    private AgingServer server;

    private final HostAuditSink hostSink = new HostAuditSink();
    private final AuditEventRules rules = new AuditEventRules(FhirContext.forR4Cached());

    @SuppressWarnings("NullAway.Init") // made before each test
    private RecordedEvents events;

    /** Spring Boot properties that lead to the database. */
    protected abstract String[] database() throws Exception;

    /** What makes a constraint hold for new rows only, at its end. */
    protected abstract String notChecked();

    @BeforeAll
    protected void start() throws Exception {
        server = new AgingServer(
                directory,
                Map.of("sinkOfTheHost", hostSink),
                Stream.concat(Stream.of(database()), Stream.of("hapi.binary.audit.sink=fhir,host,log"))
                        .toArray(String[]::new));
    }

    @AfterAll
    protected void stop() throws IOException {
        server.close();
    }

    @BeforeEach
    void listen() {
        server.changeOwner();
        events = new RecordedEvents();
    }

    @AfterEach
    void listenNoMore() {
        events.close();
    }

    @Test
    void fromTheKickOffToTheErasureThereIsAnEventOfEachStepAndNoOther() throws Exception {
        SmallExport export = server.export();
        List<JsonNode> made = events.next("kick-off 0", "manifest 0");
        String url = export.contentUrl("Patient");

        HttpResponse<String> whole = server.owner().get(url);
        JsonNode download = events.next("download 0").get(0);
        assertThat(sent(download)).isEqualTo(Integer.toString(whole.body().length()));
        server.owner().get(url, "Range", "bytes=0-9");
        JsonNode part = events.next("download 0").get(0);
        assertThat(sent(part)).isEqualTo("10");

        server.owner()
                .get(url, "If-None-Match", whole.headers().firstValue("ETag").orElseThrow());
        server.owner().send("HEAD", url, "");
        server.owner().send("HEAD", "/$export-poll-status?_jobId=" + export.jobId(), "");
        server.owner().get(export.metadataUrl("Patient"));
        server.owner().get(SmallRecord.ATTACHMENT);
        JsonNode attachment = events.next("download 0").get(0);

        server.advance(Duration.ofHours(25));
        server.sweep();
        List<JsonNode> ends = ofJob(export.jobId(), 2);
        assertThat(ends).extracting(RecordedEvents::action).containsExactly("expiry", "erasure");

        Stream.of(made.stream(), ends.stream(), Stream.of(download, part, attachment))
                .flatMap(some -> some)
                .forEach(event -> {
                    rules.assertKept(event);
                    assertThat(event.toString()).contains("Group/small-group", export.jobId());
                });
    }

    private List<JsonNode> ofJob(String jobId, int number) throws Exception {
        server.await("the events of " + jobId, () -> ofJob(jobId).size() == number);
        return ofJob(jobId);
    }

    private List<JsonNode> ofJob(String jobId) {
        return events.all().stream()
                .filter(event -> event.toString().contains(jobId))
                .toList();
    }

    @Test
    void aDownloadSaysWhoHasHadWhatFromWhere() throws Exception {
        SmallExport export = server.export();
        String url = export.contentUrl("Patient");
        server.owner().get(url);
        JsonNode download = downloads(events.all(), 1);

        JsonNode recipient =
                AuditEventRules.one(download.path("agent"), "http://dicom.nema.org/resources/ontology/DCM", "110152");
        assertThat(recipient.at("/who/identifier/value").asText()).startsWith("owner-");
        assertThat(recipient.at("/who/identifier/system").asText()).startsWith("http://localhost:");
        assertThat(recipient.at("/network/address").asText()).isEqualTo("127.0.0.1");
        assertThat(download.at("/entity/0/what/reference").asText()).isEqualTo("Group/small-group");
        assertThat(download.findValuesAsText("value")).contains(url.replace("/$binary-access-read", ""));
        assertThat(download.findValuesAsText("name")).contains("Patient.ndjson");
    }

    private JsonNode downloads(List<JsonNode> seen, int number) throws Exception {
        server.await(
                "the download",
                () -> events.all().stream()
                                .filter(event -> RecordedEvents.action(event).equals("download"))
                                .count()
                        == number);
        return events.all().stream()
                .filter(event -> RecordedEvents.action(event).equals("download"))
                .findFirst()
                .orElseThrow(() -> new AssertionError(seen));
    }

    @Test
    void anExportOfOnePatientIsDisclosedAsBalpSays() throws Exception {
        SmallExport export = SmallExport.by(server.owner(), "/Patient/small-patient/$export?_type=Patient");
        server.owner().get(export.contentUrl("Patient"));
        JsonNode download = downloads(events.all(), 1);
        server.owner().send("DELETE", "/$export-poll-status/" + export.jobId(), "");
        server.await("the deletion", () -> events.all().stream()
                .anyMatch(event -> RecordedEvents.action(event).equals("deletion")));
        JsonNode deletion = events.all().stream()
                .filter(event -> RecordedEvents.action(event).equals("deletion"))
                .findFirst()
                .orElseThrow();

        assertThat(download.at("/meta/profile/0").asText()).endsWith("PrivacyDisclosure.Source");
        assertThat(deletion.at("/meta/profile/0").asText()).endsWith("PatientDelete");
        rules.assertKept(download);
        rules.assertKept(deletion);
    }

    @Test
    void aBrokenDownloadSaysHowMuchHasLeft() throws Exception {
        SeededFile file = server.seed(64L << 20);
        try (InputStream body = server.owner().getStream(file.path()).body()) {
            assertThat(body.readNBytes(1 << 20)).hasSize(1 << 20);
        }

        JsonNode broken = events.next("download 4").get(0);

        assertThat(Long.parseLong(sent(broken))).isBetween(1L << 20, (64L << 20) - 1);
        assertThat(broken.path("outcomeDesc").asText()).isEqualTo("The client was gone before the end.");
        rules.assertKept(broken);
    }

    @Test
    void aDeletionAndTheErasureAfterItAreRecorded() throws Exception {
        SmallExport export = server.export();
        events.next("kick-off 0", "manifest 0");

        server.owner().send("DELETE", "/$export-poll-status/" + export.jobId(), "");
        server.await("the erasure", () -> {
            server.sweep();
            return server.isErased(export);
        });

        List<JsonNode> ends = events.next("deletion 0", "erasure 0");
        ends.forEach(rules::assertKept);
    }

    @Test
    void eachRefusalIsRecordedWithItsReasonAndWithoutCredentials() throws Exception {
        SmallExport export = server.export();
        events.next("kick-off 0", "manifest 0");
        String url = export.contentUrl("Patient");
        String status = "/$export-poll-status/" + export.jobId();
        ExportClient stranger = server.client("stranger", "system/*.rs");

        refused(server.owner().get("/Group/small-group/$export"), "400 invalid");
        refused(server.client("owner", "system/Patient.rs").get(url + "?access_token=secret-of-mine"), "403 forbidden");
        refused(ExportClient.nobody(server.port()).get(url), "401 login");
        refused(stranger.get(url), "403 forbidden");
        refused(stranger.get(status), "403 forbidden");
        refused(server.owner("system/Observation.rs").get(url), "403 insufficient-scope");
        refused(server.owner().get("/Binary/nothing/$binary-access-read"), "404 not-found");
        refused(server.owner().get("/$export-poll-status/nothing"), "404 not-found");
        refused(server.owner().send("PUT", url, "{}"), "405 not-supported");
        refused(server.owner().get(url, "If-Match", "\"another\""), "412 precondition");
        refused(server.owner().get(url, "Range", "bytes=999999-"), "416 range");
        server.advance(Duration.ofHours(25));
        refused(server.owner().get(url), "410 expired");
        refused(server.owner().get(status), "410 expired");
    }

    private void refused(HttpResponse<String> answer, String expected) throws Exception {
        String code = expected.substring(0, 3);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(Integer.parseInt(code));
        JsonNode event = events.next("refusal 4").get(0);
        rules.assertKept(event);
        assertThat(event.path("outcomeDesc").asText()).startsWith(expected + ": ");
        String query = new String(
                Base64.getDecoder()
                        .decode(AuditEventRules.one(queries(event), ENTITY_TYPE, "2")
                                .path("query")
                                .asText()),
                StandardCharsets.UTF_8);
        assertThat(query).contains("http://").doesNotContain("secret-of-mine");
        assertThat(event.toString())
                .contains(answer.headers().firstValue("X-Request-ID").orElseThrow());
    }

    private static JsonNode queries(JsonNode event) {
        return ExportClient.json("["
                + StreamSupport.stream(event.path("entity").spliterator(), false)
                        .filter(entity -> entity.has("query"))
                        .map(JsonNode::toString)
                        .reduce((one, other) -> one + "," + other)
                        .orElse("")
                + "]");
    }

    @Test
    void theFhirStoreHasTheSameEventsAndAnswersWhatHasLeftOfAGroup() throws Exception {
        SmallExport export = server.export();
        server.owner().get(export.contentUrl("Patient"));
        server.owner().get(export.contentUrl("DocumentReference"));
        List<JsonNode> logged = events.next("kick-off 0", "manifest 0", "download 0", "download 0");
        ExportClient auditor = server.client("auditor", "system/AuditEvent.rs");

        Set<String> ids = new HashSet<>();
        logged.forEach(event -> ids.add(event.path("id").asText()));
        server.await("the events in the store", () -> ids.stream()
                .allMatch(id -> auditor.get("/AuditEvent/" + id).statusCode() == 200));
        JsonNode found = ExportClient.json(auditor.get("/AuditEvent?entity=Group/small-group&type=110106&_count=200")
                .body());

        assertThat(found.path("entry").findValuesAsText("id"))
                .containsAll(logged.stream()
                        .filter(event -> RecordedEvents.action(event).equals("download"))
                        .map(event -> event.path("id").asText())
                        .toList());
    }

    @Test
    void theHostsSinkHasTheSameEventsOnceItTakesThem() throws Exception {
        hostSink.down(true);
        SmallExport export = server.export();
        server.owner().get(export.contentUrl("Patient"));
        Set<String> ids = new HashSet<>();
        events.next("kick-off 0", "manifest 0", "download 0")
                .forEach(event -> ids.add(event.path("id").asText()));
        awaitAttempts(ids);
        assertThat(hostSink.ids()).doesNotContainAnyElementsOf(ids);

        hostSink.down(false);
        letPausesEnd();

        server.await("the events at the host", () -> hostSink.ids().containsAll(ids));
    }

    /** The database refuses the row, so that the transaction in which the FHIR store has it is rolled back. */
    @Test
    void theFhirStoreHasWhatItCouldNotTakeOnceItCan() throws Exception {
        JdbcTemplate jdbc = new JdbcTemplate(server.bean(DataSource.class));
        Set<String> ids = new HashSet<>();
        jdbc.execute(
                "alter table HFJ_RESOURCE add constraint NO_AUDIT check (RES_TYPE <> 'AuditEvent') " + notChecked());
        try {
            server.export();
            events.next("kick-off 0", "manifest 0")
                    .forEach(event -> ids.add(event.path("id").asText()));
            awaitAttempts(ids);
            assertThat(ids).allMatch(id -> status(id) == 404);
        } finally {
            jdbc.execute("alter table HFJ_RESOURCE drop constraint NO_AUDIT");
        }
        letPausesEnd();

        server.await("the events in the store", () -> ids.stream().allMatch(id -> status(id) == 200));
    }

    private void awaitAttempts(Set<String> ids) throws Exception {
        JdbcTemplate jdbc = new JdbcTemplate(server.bean(DataSource.class));
        server.await("the first attempts", () -> jdbc.queryForList(
                        "select EVENT_ID from HBP_AUDIT where ATTEMPTS > 0", String.class)
                .containsAll(ids));
    }

    private int status(String eventId) {
        return server.client("auditor", "system/AuditEvent.rs")
                .get("/AuditEvent/" + eventId)
                .statusCode();
    }

    /** What is kept for another attempt is due now. */
    private void letPausesEnd() {
        new JdbcTemplate(server.bean(DataSource.class))
                .execute("update HBP_AUDIT set DUE_AT = DUE_AT - interval '11' minute where ATTEMPTS > 0");
    }

    @Test
    void whatAuditEventsReferToCanBeDeletedAndWhatOthersReferToCannot() throws Exception {
        ExportClient writer = server.client("writer", "system/*.*");
        for (String id : List.of("Patient/for-a-while", "Patient/needed")) {
            writer.send(
                    "PUT",
                    "/" + id,
                    "{\"resourceType\":\"Patient\",\"id\":\"" + id.substring(8) + "\"}",
                    "Content-Type",
                    "application/fhir+json");
        }
        writer.send(
                "PUT",
                "/Observation/of-needed",
                "{\"resourceType\":\"Observation\",\"id\":\"of-needed\",\"status\":\"final\",\"code\":{\"text\":\"x\"},"
                        + "\"subject\":{\"reference\":\"Patient/needed\"}}",
                "Content-Type",
                "application/fhir+json");
        for (String id : List.of("for-a-while", "needed")) {
            SmallExport.by(server.owner(), "/Patient/" + id + "/$export?_type=Patient");
        }
        List<JsonNode> recorded = events.next("kick-off 0", "manifest 0", "kick-off 0", "manifest 0");
        ExportClient auditor = server.client("auditor", "system/AuditEvent.rs");
        for (JsonNode event : recorded) {
            server.await(
                    "the event",
                    () -> auditor.get("/AuditEvent/" + event.path("id").asText())
                                    .statusCode()
                            == 200);
        }

        assertThat(writer.send("DELETE", "/Patient/for-a-while", "").statusCode())
                .isEqualTo(200);
        assertThat(writer.send("DELETE", "/Patient/needed", "").statusCode()).isEqualTo(409);
        assertThat(events.next("refusal 4").get(0).path("outcomeDesc").asText()).startsWith("409 ");
    }

    private static String sent(JsonNode event) {
        return StreamSupport.stream(event.path("entity").spliterator(), false)
                .flatMap(entity -> StreamSupport.stream(entity.path("detail").spliterator(), false))
                .filter(detail -> detail.path("type").asText().equals("bytes-sent"))
                .map(detail -> detail.path("valueString").asText())
                .findFirst()
                .orElseThrow();
    }
}
