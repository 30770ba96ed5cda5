/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hapibinary.server.client.Answers.assertOutcome;

import ca.uhn.fhir.batch2.api.IJobMaintenanceService;
import ca.uhn.fhir.batch2.api.IJobPersistence;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportFailure;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.SmallExport;
import org.hapibinary.server.host.ExportedGroup;
import org.hapibinary.server.host.SeededFile;
import org.hapibinary.server.world.SmallRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** How exports end, on the database of the subclass, in a server whose clock is set forward. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class LifecycleContract {

    private static final Duration RETENTION = Duration.ofHours(24);

    @TempDir
    static Path directory;

    @SuppressWarnings("NullAway.Init") // started with the first test
    private AgingServer server;

    /** Spring Boot properties that lead to the database. */
    protected abstract String[] database() throws Exception;

    @BeforeAll
    protected void start() throws Exception {
        server = new AgingServer(directory, database());
    }

    /** A database is stopped after its server, which would wait for it else. */
    @AfterAll
    protected void stop() throws IOException {
        server.close();
    }

    @BeforeEach
    protected void anotherOwner() {
        server.changeOwner();
    }

    @Test
    void anExportIsToBeHadToTheLastMomentThenExpiredThenErasedThenForgotten() throws Exception {
        SmallExport export = server.export();
        List<String> lines = server.lines(export);
        assertThat(lines).hasSize(3);
        assertThat(server.owner().get(SmallRecord.ATTACHMENT).body()).isEqualTo(SmallRecord.DOCUMENT);
        server.assertAnswers(export, 200, 200);

        server.advance(RETENTION.minusMinutes(5));
        assertThat(server.owner().get(export.contentUrl("Patient")).statusCode())
                .isEqualTo(200);
        server.sweep();
        assertThat(server.owner().get(export.contentUrl("Patient")).statusCode())
                .isEqualTo(200);

        server.advance(Duration.ofMinutes(5));
        server.assertAnswers(export, 410, 410);

        server.advance(Duration.ofMinutes(1));
        server.sweep();
        server.assertAnswers(export, 410, 410);
        server.assertNothingIsLeftOf(export, lines);

        server.advance(Duration.ofDays(30));
        server.sweep();
        assertOutcome(server.owner().get(export.contentUrl("Patient")), 404, "not-found");
        assertOutcome(server.owner().status(export.jobId()), 404, "not-found");
        assertThat(server.query("select count(*) from HBP_EXPORT where JOB_ID = '" + export.jobId() + "'"))
                .isEqualTo("0");

        server.export();
        assertThat(server.owner().get(SmallRecord.ATTACHMENT).body())
                .as("the patient's record is not the export's to erase")
                .isEqualTo(SmallRecord.DOCUMENT);
    }

    @Test
    void aDeletedExportIsGoneAtOnceAndItsBytesSoonAfter() throws Exception {
        SmallExport export = server.export();
        List<String> lines = server.lines(export);

        assertThat(server.owner()
                        .send("DELETE", "/$export-poll-status/" + export.jobId(), "")
                        .statusCode())
                .isEqualTo(202);

        server.assertAnswers(export, 404, 404);
        assertOutcome(server.owner().send("DELETE", "/$export-poll-status/" + export.jobId(), ""), 404, "not-found");
        server.await("the erasure", () -> server.isErased(export));
        server.assertNothingIsLeftOf(export, lines);
    }

    @Test
    void noResourceCanReferToAFileWhichIsNoneItself() throws Exception {
        SmallExport export = server.export();
        List<String> lines = server.lines(export);
        String file = "Binary/" + ExportedGroup.binaryOf(export.contentUrl("Patient"));
        String reference = "{\"resourceType\":\"DocumentReference\",\"id\":\"refers-to-a-file\",\"status\":\"current\","
                + "\"content\":[{\"attachment\":{\"title\":\"none\"}}],\"context\":{\"related\":[{\"reference\":\""
                + file
                + "\"}]}}";
        HttpResponse<String> refused = server.client("writer", "system/*.*")
                .send("PUT", "/DocumentReference/refers-to-a-file", reference, "Content-Type", "application/fhir+json");
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(400);
        assertThat(refused.body()).contains(file + " not found");

        server.owner().send("DELETE", "/$export-poll-status/" + export.jobId(), "");
        server.await("the erasure", () -> server.isErased(export));
        server.assertNothingIsLeftOf(export, lines);
    }

    @Test
    void aRunningExportThatIsDeletedLeavesNothing() throws Exception {
        String jobId = server.owner().startExport(SmallRecord.EXPORT);

        assertThat(server.owner()
                        .send("DELETE", "/$export-poll-status/" + jobId, "")
                        .statusCode())
                .isEqualTo(202);

        assertOutcome(server.owner().status(jobId), 404, "not-found");
        server.await("the end of HAPI's job", () -> {
            server.advance(Duration.ofMinutes(2));
            server.bean(IJobMaintenanceService.class).runMaintenancePass(); // HAPI's, once a minute
            server.sweep();
            return server.query("select count(*) from BT2_JOB_INSTANCE where ID = '" + jobId + "'")
                    .equals("0");
        });
        assertThat(server.query("select count(*) from HBP_EXPORT_FILE f join HBP_EXPORT e on e.EXPORT_ID = f.EXPORT_ID"
                        + " where f.STATE <> 'ERASED' and e.JOB_ID = '" + jobId + "'"))
                .isEqualTo("0");
    }

    @Test
    void aDownloadThatIsRunningAtTheExpiryEndsWhole() throws Exception {
        SeededFile file = server.seed(64 << 20);

        try (InputStream body = server.owner().getStream(file.path()).body()) {
            body.readNBytes(1 << 20);
            server.advance(RETENTION.plusMinutes(5));
            server.sweep();
            assertOutcome(server.owner().get(file.path()), 410, "deleted");
            assertThat(server.stored(file.binaryId())).isNotEmpty();
            assertThat(body.readAllBytes()).hasSize((64 << 20) - (1 << 20));
        }
        server.await("the erasure", () -> {
            server.sweep();
            return server.stored(file.binaryId()).isEmpty();
        });
    }

    @Test
    void aDownloadOfAnAttachmentIsCutSomeTimeAfterItsExportIsOver() throws Exception {
        ExportClient writer = server.client("writer", "system/*.*");
        byte[] document = new byte[16 << 20];
        new Random(1).nextBytes(document);
        writer.put(
                "Binary/large-document",
                "\"contentType\":\"image/png\",\"data\":\""
                        + Base64.getEncoder().encodeToString(document) + "\"");
        writer.put(
                "DocumentReference/large-reference",
                "\"status\":\"current\",\"subject\":{\"reference\":"
                        + "\"Patient/small-patient\"},"
                        + "\"content\":[{\"attachment\":{\"url\":\"Binary/large-document\"}}]");
        SmallExport export = server.export();
        String url = "/Binary/large-document/$binary-access-read";

        try (InputStream body = server.owner().getStream(url).body()) {
            byte[] beginning = body.readNBytes(100_000);
            assertThat(server.owner()
                            .send("DELETE", "/$export-poll-status/" + export.jobId(), "")
                            .statusCode())
                    .isEqualTo(202);
            assertThat(beginning).isEqualTo(Arrays.copyOf(document, 100_000));
            server.advance(Duration.ofMinutes(16));
            TimeUnit.SECONDS.sleep(11); // what cuts it runs every ten seconds

            assertThatThrownBy(body::readAllBytes).isInstanceOf(IOException.class);
        } finally {
            writer.send("DELETE", "/DocumentReference/large-reference", "");
            writer.send("DELETE", "/Binary/large-document", "");
        }
    }

    @Test
    void aDownloadThatIsRunningAtTheDeletionEndsWhole() throws Exception {
        SeededFile file = server.seed(64 << 20);

        try (InputStream body = server.owner().getStream(file.path()).body()) {
            body.readNBytes(1 << 20);
            server.bean(ExportCatalog.class)
                    .delete(server.query(
                            "select EXPORT_ID from HBP_EXPORT_FILE where BINARY_ID = '" + file.binaryId() + "'"));
            server.sweep();
            assertOutcome(server.owner().get(file.path()), 404, "not-found");
            assertThat(server.stored(file.binaryId())).isNotEmpty();
            assertThat(body.readAllBytes()).hasSize((64 << 20) - (1 << 20));
        }
        server.await("the erasure", () -> {
            server.sweep();
            return server.stored(file.binaryId()).isEmpty();
        });
    }

    @Test
    void whatCannotBeErasedIsTriedAgainAndStopsNothingElse() throws Exception {
        SeededFile stuck = server.seed(1024);
        SeededFile other = server.seed(1024);
        Path content = server.stored(stuck.binaryId()).stream()
                .filter(file -> file.toString().endsWith(stuck.contentId() + ".bin"))
                .findFirst()
                .orElseThrow();
        Files.delete(content);
        Path inTheWay = Files.createDirectories(content.resolve("in-the-way"));

        server.advance(RETENTION.plusHours(1));
        server.sweep();
        assertThat(server.stored(other.binaryId())).isEmpty();
        assertThat(server.query(
                        "select ERASURE_FAILURES from HBP_EXPORT_FILE where BINARY_ID = '" + stuck.binaryId() + "'"))
                .isEqualTo("1");

        Files.delete(inTheWay);
        server.sweep();
        assertThat(server.query("select STATE from HBP_EXPORT_FILE where BINARY_ID = '" + stuck.binaryId() + "'"))
                .as("not at once")
                .isEqualTo("AVAILABLE");
        server.advance(Duration.ofHours(1));
        server.sweep();
        assertThat(server.query("select STATE from HBP_EXPORT_FILE where BINARY_ID = '" + stuck.binaryId() + "'"))
                .isEqualTo("ERASED");
        assertThat(server.stored(stuck.binaryId())).isEmpty();
    }

    @Test
    void anExportThatHapiHasForgottenIsStillThere() throws Exception {
        SmallExport export = server.export();
        server.await("the end of HAPI's work on the job", () -> server.isForgotten(export.jobId()));

        assertThat(server.owner().status(export.jobId()).statusCode()).isEqualTo(200);
        assertThat(server.owner().get(export.contentUrl("Patient")).statusCode())
                .isEqualTo(200);
        assertThat(server.owner()
                        .send("DELETE", "/$export-poll-status/" + export.jobId(), "")
                        .statusCode())
                .isEqualTo(202);
        assertOutcome(server.owner().get(export.contentUrl("Patient")), 404, "not-found");
        server.await("the erasure", () -> server.query("select count(*) from HBP_EXPORT where JOB_ID = '"
                        + export.jobId() + "' and ERASED_AT is not null")
                .equals("1"));
    }

    @Test
    void aRunningExportThatHapiHasForgottenHasFailed() throws Exception {
        String jobId = server.owner().startExport(SmallRecord.EXPORT);
        server.bean(IJobPersistence.class).deleteInstanceAndChunks(jobId);

        assertOutcome(server.owner().status(jobId), 500, "exception");
        assertThat(server.owner()
                        .send("DELETE", "/$export-poll-status/" + jobId, "")
                        .statusCode())
                .isEqualTo(202);
        assertOutcome(server.owner().status(jobId), 404, "not-found");
    }

    @Test
    void aFailedExportSaysSoUntilItIsForgotten() throws Exception {
        SmallExport export = server.export();
        String exportId = server.query("select EXPORT_ID from HBP_EXPORT where JOB_ID = '" + export.jobId() + "'");
        try (var connection = server.bean(DataSource.class).getConnection();
                var statement = connection.createStatement()) {
            statement.executeUpdate(
                    "update HBP_EXPORT set STATE = 'RUNNING', EXPIRES_AT = null where EXPORT_ID = '" + exportId + "'");
        }
        server.bean(ExportCatalog.class).fail(exportId, ExportFailure.UNKNOWN);

        server.assertAnswers(export, 500, 404);
        server.sweep();
        assertThat(server.stored(ExportedGroup.binaryOf(export.contentUrl("Patient"))))
                .isEmpty();
        server.assertAnswers(export, 500, 404);
        server.advance(Duration.ofDays(31));
        server.sweep();
        assertOutcome(server.owner().status(export.jobId()), 404, "not-found");
    }

    @Test
    void aResourceThatHapiCannotReadIsInTheErrorFileAndTheOthersAreInTheExport() throws Exception {
        ExportClient writer = server.client("writer", "system/*.*");
        for (String id : List.of("sound", "broken")) {
            String patient = "{\"resourceType\":\"Patient\",\"id\":\"" + id + "\"}";
            writer.send("PUT", "/Patient/" + id, patient, "Content-Type", "application/fhir+json");
        }
        String group =
                "{\"resourceType\":\"Group\",\"id\":\"half-broken\",\"type\":\"person\",\"actual\":true,\"member\":["
                        + "{\"entity\":{\"reference\":\"Patient/sound\"}},"
                        + "{\"entity\":{\"reference\":\"Patient/broken\"}}]}";
        writer.send("PUT", "/Group/half-broken", group, "Content-Type", "application/fhir+json");
        server.update("update HFJ_RES_VER set RES_TEXT_VC = '{\"resourceType\":\"Patient\",' where RES_ID ="
                + " (select RES_ID from HFJ_RESOURCE where RES_TYPE = 'Patient' and FHIR_ID = 'broken')");

        SmallExport export = SmallExport.by(server.owner(), "/Group/half-broken/$export?_type=Patient");

        assertThat(server.lines(export)).singleElement().asString().contains("\"sound\"");
        List<String> errors = AgingServer.contents("error", ExportClient.json(export.manifest()));
        assertThat(errors).hasSize(1);
        assertThat(server.owner().get(errors.get(0)).body().lines())
                .singleElement()
                .asString()
                .contains("\"error\"", "\"exception\"", "Patient/broken cannot be read");
    }

    @Test
    void anExportWithNothingInItIsCompleteAndEmpty() {
        for (String nothing : List.of("_type=Immunization", "_type=Patient&_since=2999-01-01T00:00:00Z")) {
            JsonNode manifest = ExportClient.json(SmallExport.by(server.owner(), SmallRecord.EXPORT + "?" + nothing)
                    .manifest());

            assertThat(manifest.path("output").isArray()).isTrue();
            assertThat(manifest.path("output")).as(nothing).isEmpty();
            assertThat(manifest.path("error")).isEmpty();
        }
    }

    @Test
    void sinceLeavesOutWhatIsOlder() {
        String before = "_type=Patient&_since=2001-01-01T00:00:00Z";

        assertThat(SmallExport.by(server.owner(), SmallRecord.EXPORT + "?" + before)
                        .file("Patient")
                        .path("count")
                        .intValue())
                .isEqualTo(1);
    }

    @Test
    void pollsDownloadsAndDeletionsAtTheSameMomentDoEachOtherNoHarm() throws Exception {
        SmallExport export = server.export();
        String status = "/$export-poll-status/" + export.jobId();
        ExportClient client = server.owner();
        List<Callable<HttpResponse<String>>> requests = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            requests.add(() -> client.get(status));
            requests.add(() -> client.get(export.contentUrl("Patient")));
            requests.add(() -> client.send("DELETE", status, ""));
        }
        ExecutorService threads = Executors.newFixedThreadPool(requests.size());
        try {
            for (Future<HttpResponse<String>> response : threads.invokeAll(requests)) {
                assertThat(response.get().statusCode())
                        .as(response.get().body())
                        .isIn(200, 202, 404);
            }
        } finally {
            threads.shutdown();
        }
        assertOutcome(client.get(status), 404, "not-found");
        assertOutcome(client.get(export.contentUrl("Patient")), 404, "not-found");
    }

    @Test
    void aDocumentThatIsRemovedFromTheRecordIsRemovedFromExportsToo() {
        ExportClient writer = server.client("writer", "system/*.*");
        String id = "removed-document";
        String binary = "{\"resourceType\":\"Binary\",\"id\":\"" + id
                + "\",\"contentType\":\"text/plain\",\"data\":\"Zmlyc3Q=\"}";
        writer.send("PUT", "/Binary/" + id, binary, "Content-Type", "application/fhir+json");
        String patient =
                "{\"resourceType\":\"Patient\",\"id\":\"removed\",\"photo\":[{\"url\":\"Binary/" + id + "\"}]}";
        writer.send("PUT", "/Patient/removed", patient, "Content-Type", "application/fhir+json");
        SmallExport.by(server.owner(), "/Patient/removed/$export?_type=Patient");
        String url = "/Binary/" + id + "/$binary-access-read";
        assertThat(server.owner().get(url).body()).isEqualTo("first");

        writer.send(
                "PUT",
                "/Binary/" + id,
                binary.replace("Zmlyc3Q=", "c2Vjb25k"),
                "Content-Type",
                "application/fhir+json");
        assertThat(server.owner().get(url).body()).as("what was exported").isEqualTo("first");

        assertThat(writer.send("DELETE", "/Binary/" + id, "").statusCode()).isEqualTo(200);
        assertOutcome(server.owner().get(url), 404, "not-found");
    }
}
