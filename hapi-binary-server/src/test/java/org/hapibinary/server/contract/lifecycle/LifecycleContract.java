/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hapibinary.server.client.Answers.assertOutcome;

import ca.uhn.fhir.batch2.api.IJobMaintenanceService;
import ca.uhn.fhir.batch2.api.IJobPersistence;
import ca.uhn.fhir.rest.server.exceptions.ResourceVersionConflictException;
import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jwt.JWTClaimsSet;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportFailure;
import org.hapibinary.lifecycle.Sweep;
import org.hapibinary.server.client.Await;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.SmallExport;
import org.hapibinary.server.host.AdjustableClock;
import org.hapibinary.server.host.ExportedGroup;
import org.hapibinary.server.host.RunningServer;
import org.hapibinary.server.world.DatabaseSearch;
import org.hapibinary.server.world.SeededFile;
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
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    static Path directory;

    private static final Map<Integer, String> CODES = Map.of(404, "not-found", 410, "deleted", 500, "exception");

    private final AdjustableClock clock = new AdjustableClock();
    private final TestIssuer issuer = new TestIssuer();

    private String ownerId = "";

    @SuppressWarnings("NullAway.Init") // started with the first test
    private RunningServer server;

    /** Spring Boot properties that lead to the database. */
    protected abstract String[] database() throws Exception;

    @BeforeAll
    protected void start() throws Exception {
        server = RunningServer.startWithClock(
                clock,
                RunningServer.freePort(),
                directory,
                Stream.concat(Stream.of(database()), Stream.of("hapi.binary.authorization.issuer=" + issuer.url()))
                        .toArray(String[]::new));
        SmallRecord.loadInto(client("writer", "system/*.*"));
    }

    /** A database is stopped after its server, which would wait for it else. */
    @AfterAll
    protected void stop() throws IOException {
        server.close();
        issuer.close();
    }

    /** With a token of the present, wherever that is. */
    private ExportClient client(String id, String scope) {
        String audience = ExportClient.nobody(server.port()).base();
        return ExportClient.withBearer(
                server.port(),
                TestIssuer.signed(issuer.key(), issuer.claims(audience, id, scope, claims -> validAt(claims))));
    }

    private JWTClaimsSet.Builder validAt(JWTClaimsSet.Builder claims) {
        return claims.issueTime(java.util.Date.from(clock.instant()))
                .notBeforeTime(java.util.Date.from(clock.instant().minusSeconds(10)))
                .expirationTime(java.util.Date.from(clock.instant().plusSeconds(600)));
    }

    /** Each test has one of its own: a document that is in exports of others would be had from these. */
    @BeforeEach
    protected void anotherOwner() {
        ownerId = "owner-" + UUID.randomUUID();
    }

    private ExportClient owner() {
        return client(ownerId, "system/*.rs");
    }

    private void sweep() {
        server.bean(Sweep.class).run(() -> true);
    }

    private static List<String> contents(String kind, JsonNode manifest) {
        return manifest.path(kind).findValuesAsText("url");
    }

    /**
     * Every request that an export can be the object of, by every kind of caller.
     *
     * @param status what the owner is answered at the status
     * @param file what the owner is answered at the files and the attachment
     */
    private void assertAnswers(SmallExport export, int status, int file) {
        for (String url : statusUrls(export)) {
            assertAnswers(url, status);
        }
        for (String url : fileUrls(export)) {
            assertAnswers(url, file);
            assertThat(owner().send("HEAD", url, "").statusCode()).as(url).isEqualTo(file);
            assertThat(owner().get(url, "Range", "bytes=0-1").statusCode())
                    .as(url)
                    .isIn(file, file == 200 ? 206 : file);
        }
    }

    private void assertAnswers(String url, int owners) {
        HttpResponse<String> response = owner().get(url);
        if (owners == 200) {
            assertThat(response.statusCode()).as(url).isEqualTo(200);
        } else {
            assertOutcome(response, owners, String.valueOf(CODES.get(owners)));
        }
        int strangers = url.startsWith("/Binary/small-document") ? 404 : 403;
        assertOutcome(
                client("stranger", "system/*.*").get(url), strangers, strangers == 404 ? "not-found" : "forbidden");
        assertOutcome(client(ownerId, "system/Observation.rs").get(url), 403, "forbidden");
        assertOutcome(ExportClient.nobody(server.port()).get(url), 401, "login");
    }

    private static List<String> statusUrls(SmallExport export) {
        return Stream.of("/$export-poll-status/", "/$export-poll-status?_jobId=", "/$export-poll-status?_id=")
                .map(form -> form + export.jobId())
                .toList();
    }

    private static List<String> fileUrls(SmallExport export) {
        List<String> urls = new ArrayList<>(contents("output", ExportClient.json(export.manifest())));
        urls.add(SmallRecord.ATTACHMENT);
        urls.addAll(urls.stream()
                .map(url -> url.substring(0, url.length() - ExportedGroup.DOWNLOAD.length()))
                .toList());
        return urls;
    }

    private void assertNothingIsLeftOf(SmallExport export, List<String> lines) throws Exception {
        DatabaseSearch database = new DatabaseSearch(server.bean(DataSource.class));
        for (String line : lines) {
            assertThat(database.tablesWith(line)).as(line).isEmpty();
        }
        for (String url : ExportClient.json(export.manifest()).findValuesAsText("url")) {
            String binaryId = ExportedGroup.binaryOf(url);
            assertThat(stored(binaryId)).isEmpty();
            assertThat(query("select count(*) from HFJ_RESOURCE where FHIR_ID = '" + binaryId + "'"))
                    .isEqualTo("0");
        }
        assertThat(query("select count(*) from BT2_JOB_INSTANCE where ID = '" + export.jobId() + "'"))
                .isEqualTo("0");
        assertThat(query("select count(*) from BT2_WORK_CHUNK where INSTANCE_ID = '" + export.jobId() + "'"))
                .isEqualTo("0");
    }

    private List<Path> stored(String binaryId) throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("binary"))) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> file.getFileName().toString().contains(binaryId))
                    .toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    private String query(String sql) throws SQLException {
        try (var connection = server.bean(DataSource.class).getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }

    private List<String> lines(SmallExport export) {
        return contents("output", ExportClient.json(export.manifest())).stream()
                .flatMap(url -> owner().get(url).body().lines())
                .toList();
    }

    private SmallExport export() {
        return SmallExport.by(owner(), SmallRecord.EXPORT);
    }

    private boolean isErased(SmallExport export) throws SQLException {
        return query("select count(*) from HBP_EXPORT where JOB_ID = '" + export.jobId()
                        + "' and ERASED_AT is not null")
                .equals("1");
    }

    private void await(String what, Callable<Boolean> condition) throws Exception {
        Await.until(what, PATIENCE, condition);
    }

    @Test
    void anExportIsToBeHadToTheLastMomentThenExpiredThenErasedThenForgotten() throws Exception {
        SmallExport export = export();
        List<String> lines = lines(export);
        assertThat(lines).hasSize(3);
        assertThat(owner().get(SmallRecord.ATTACHMENT).body()).isEqualTo(SmallRecord.DOCUMENT);
        assertAnswers(export, 200, 200);

        clock.advance(RETENTION.minusMinutes(5));
        assertThat(owner().get(export.contentUrl("Patient")).statusCode()).isEqualTo(200);
        sweep();
        assertThat(owner().get(export.contentUrl("Patient")).statusCode()).isEqualTo(200);

        clock.advance(Duration.ofMinutes(5));
        assertAnswers(export, 410, 410);

        clock.advance(Duration.ofMinutes(1));
        sweep();
        assertAnswers(export, 410, 410);
        assertNothingIsLeftOf(export, lines);

        clock.advance(Duration.ofDays(30));
        sweep();
        assertOutcome(owner().get(export.contentUrl("Patient")), 404, "not-found");
        assertOutcome(owner().status(export.jobId()), 404, "not-found");
        assertThat(query("select count(*) from HBP_EXPORT where JOB_ID = '" + export.jobId() + "'"))
                .isEqualTo("0");

        export();
        assertThat(owner().get(SmallRecord.ATTACHMENT).body())
                .as("the patient's record is not the export's to erase")
                .isEqualTo(SmallRecord.DOCUMENT);
    }

    @Test
    void aDeletedExportIsGoneAtOnceAndItsBytesSoonAfter() throws Exception {
        SmallExport export = export();
        List<String> lines = lines(export);

        assertThat(owner().send("DELETE", "/$export-poll-status/" + export.jobId(), "")
                        .statusCode())
                .isEqualTo(202);

        assertAnswers(export, 404, 404);
        assertOutcome(owner().send("DELETE", "/$export-poll-status/" + export.jobId(), ""), 404, "not-found");
        await("the erasure", () -> isErased(export));
        assertNothingIsLeftOf(export, lines);
    }

    @Test
    void noResourceCanReferToAFileWhichIsNoneItself() throws Exception {
        SmallExport export = export();
        List<String> lines = lines(export);
        String file = "Binary/" + ExportedGroup.binaryOf(export.contentUrl("Patient"));
        String reference = "{\"resourceType\":\"DocumentReference\",\"id\":\"refers-to-a-file\",\"status\":\"current\","
                + "\"content\":[{\"attachment\":{\"title\":\"none\"}}],\"context\":{\"related\":[{\"reference\":\""
                + file
                + "\"}]}}";
        HttpResponse<String> refused = client("writer", "system/*.*")
                .send("PUT", "/DocumentReference/refers-to-a-file", reference, "Content-Type", "application/fhir+json");
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(400);
        assertThat(refused.body()).contains(file + " not found");

        owner().send("DELETE", "/$export-poll-status/" + export.jobId(), "");
        await("the erasure", () -> isErased(export));
        assertNothingIsLeftOf(export, lines);
    }

    @Test
    void aRunningExportThatIsDeletedLeavesNothing() throws Exception {
        String jobId = owner().startExport(SmallRecord.EXPORT);

        assertThat(owner().send("DELETE", "/$export-poll-status/" + jobId, "").statusCode())
                .isEqualTo(202);

        assertOutcome(owner().status(jobId), 404, "not-found");
        await("the end of HAPI's job", () -> {
            clock.advance(Duration.ofMinutes(2));
            server.bean(IJobMaintenanceService.class).runMaintenancePass(); // HAPI's, once a minute
            sweep();
            return query("select count(*) from BT2_JOB_INSTANCE where ID = '" + jobId + "'")
                    .equals("0");
        });
        assertThat(query("select count(*) from HBP_EXPORT_FILE f join HBP_EXPORT e on e.EXPORT_ID = f.EXPORT_ID"
                        + " where f.STATE <> 'ERASED' and e.JOB_ID = '" + jobId + "'"))
                .isEqualTo("0");
    }

    @Test
    void aDownloadThatIsRunningAtTheExpiryEndsWhole() throws Exception {
        SeededFile file = SeededFile.in(server, 64 << 20, issuer.url(), ownerId);

        try (InputStream body = owner().getStream(file.path()).body()) {
            body.readNBytes(1 << 20);
            clock.advance(RETENTION.plusMinutes(5));
            sweep();
            assertOutcome(owner().get(file.path()), 410, "deleted");
            assertThat(stored(file.binaryId())).isNotEmpty();
            assertThat(body.readAllBytes()).hasSize((64 << 20) - (1 << 20));
        }
        await("the erasure", () -> {
            sweep();
            return stored(file.binaryId()).isEmpty();
        });
    }

    @Test
    void aDownloadOfAnAttachmentIsCutSomeTimeAfterItsExportIsOver() throws Exception {
        ExportClient writer = client("writer", "system/*.*");
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
        SmallExport export = export();
        String url = "/Binary/large-document/$binary-access-read";

        try (InputStream body = owner().getStream(url).body()) {
            byte[] beginning = body.readNBytes(100_000);
            assertThat(owner().send("DELETE", "/$export-poll-status/" + export.jobId(), "")
                            .statusCode())
                    .isEqualTo(202);
            assertThat(beginning).isEqualTo(Arrays.copyOf(document, 100_000));
            clock.advance(Duration.ofMinutes(16));
            TimeUnit.SECONDS.sleep(11); // what cuts it runs every ten seconds

            assertThatThrownBy(body::readAllBytes).isInstanceOf(IOException.class);
        } finally {
            writer.send("DELETE", "/DocumentReference/large-reference", "");
            writer.send("DELETE", "/Binary/large-document", "");
        }
    }

    @Test
    void aDownloadThatIsRunningAtTheDeletionEndsWhole() throws Exception {
        SeededFile file = SeededFile.in(server, 64 << 20, issuer.url(), ownerId);

        try (InputStream body = owner().getStream(file.path()).body()) {
            body.readNBytes(1 << 20);
            server.bean(ExportCatalog.class)
                    .delete(query("select EXPORT_ID from HBP_EXPORT_FILE where BINARY_ID = '" + file.binaryId() + "'"));
            sweep();
            assertOutcome(owner().get(file.path()), 404, "not-found");
            assertThat(stored(file.binaryId())).isNotEmpty();
            assertThat(body.readAllBytes()).hasSize((64 << 20) - (1 << 20));
        }
        await("the erasure", () -> {
            sweep();
            return stored(file.binaryId()).isEmpty();
        });
    }

    @Test
    void whatCannotBeErasedIsTriedAgainAndStopsNothingElse() throws Exception {
        SeededFile stuck = SeededFile.in(server, 1024, issuer.url(), ownerId);
        SeededFile other = SeededFile.in(server, 1024, issuer.url(), ownerId);
        Path content = stored(stuck.binaryId()).stream()
                .filter(file -> file.toString().endsWith(stuck.contentId() + ".bin"))
                .findFirst()
                .orElseThrow();
        Files.delete(content);
        Path inTheWay = Files.createDirectories(content.resolve("in-the-way"));

        clock.advance(RETENTION.plusHours(1));
        sweep();
        assertThat(stored(other.binaryId())).isEmpty();
        assertThat(query("select ERASURE_FAILURES from HBP_EXPORT_FILE where BINARY_ID = '" + stuck.binaryId() + "'"))
                .isEqualTo("1");

        Files.delete(inTheWay);
        sweep();
        assertThat(query("select STATE from HBP_EXPORT_FILE where BINARY_ID = '" + stuck.binaryId() + "'"))
                .as("not at once")
                .isEqualTo("AVAILABLE");
        clock.advance(Duration.ofHours(1));
        sweep();
        assertThat(query("select STATE from HBP_EXPORT_FILE where BINARY_ID = '" + stuck.binaryId() + "'"))
                .isEqualTo("ERASED");
        assertThat(stored(stuck.binaryId())).isEmpty();
    }

    @Test
    void anExportThatHapiHasForgottenIsStillThere() throws Exception {
        SmallExport export = export();
        await("the end of HAPI's work on the job", () -> isForgotten(export.jobId()));

        assertThat(owner().status(export.jobId()).statusCode()).isEqualTo(200);
        assertThat(owner().get(export.contentUrl("Patient")).statusCode()).isEqualTo(200);
        assertThat(owner().send("DELETE", "/$export-poll-status/" + export.jobId(), "")
                        .statusCode())
                .isEqualTo(202);
        assertOutcome(owner().get(export.contentUrl("Patient")), 404, "not-found");
        await("the erasure", () -> query("select count(*) from HBP_EXPORT where JOB_ID = '" + export.jobId()
                        + "' and ERASED_AT is not null")
                .equals("1"));
    }

    private boolean isForgotten(String jobId) {
        try {
            server.bean(IJobPersistence.class).deleteInstanceAndChunks(jobId);
            return true;
        } catch (ResourceVersionConflictException e) {
            return false; // HAPI has changed it meanwhile
        }
    }

    @Test
    void aRunningExportThatHapiHasForgottenHasFailed() throws Exception {
        String jobId = owner().startExport(SmallRecord.EXPORT);
        server.bean(IJobPersistence.class).deleteInstanceAndChunks(jobId);

        assertOutcome(owner().status(jobId), 500, "exception");
        assertThat(owner().send("DELETE", "/$export-poll-status/" + jobId, "").statusCode())
                .isEqualTo(202);
        assertOutcome(owner().status(jobId), 404, "not-found");
    }

    @Test
    void aFailedExportSaysSoUntilItIsForgotten() throws Exception {
        SmallExport export = export();
        String exportId = query("select EXPORT_ID from HBP_EXPORT where JOB_ID = '" + export.jobId() + "'");
        try (var connection = server.bean(DataSource.class).getConnection();
                var statement = connection.createStatement()) {
            statement.executeUpdate(
                    "update HBP_EXPORT set STATE = 'RUNNING', EXPIRES_AT = null where EXPORT_ID = '" + exportId + "'");
        }
        server.bean(ExportCatalog.class).fail(exportId, ExportFailure.UNKNOWN);

        assertAnswers(export, 500, 404);
        sweep();
        assertThat(stored(ExportedGroup.binaryOf(export.contentUrl("Patient")))).isEmpty();
        assertAnswers(export, 500, 404);
        clock.advance(Duration.ofDays(31));
        sweep();
        assertOutcome(owner().status(export.jobId()), 404, "not-found");
    }

    @Test
    void aResourceThatHapiCannotReadIsInTheErrorFileAndTheOthersAreInTheExport() throws Exception {
        ExportClient writer = client("writer", "system/*.*");
        for (String id : List.of("sound", "broken")) {
            String patient = "{\"resourceType\":\"Patient\",\"id\":\"" + id + "\"}";
            writer.send("PUT", "/Patient/" + id, patient, "Content-Type", "application/fhir+json");
        }
        String group =
                "{\"resourceType\":\"Group\",\"id\":\"half-broken\",\"type\":\"person\",\"actual\":true,\"member\":["
                        + "{\"entity\":{\"reference\":\"Patient/sound\"}},"
                        + "{\"entity\":{\"reference\":\"Patient/broken\"}}]}";
        writer.send("PUT", "/Group/half-broken", group, "Content-Type", "application/fhir+json");
        update("update HFJ_RES_VER set RES_TEXT_VC = '{\"resourceType\":\"Patient\",' where RES_ID ="
                + " (select RES_ID from HFJ_RESOURCE where RES_TYPE = 'Patient' and FHIR_ID = 'broken')");

        SmallExport export = SmallExport.by(owner(), "/Group/half-broken/$export?_type=Patient");

        assertThat(lines(export)).singleElement().asString().contains("\"sound\"");
        List<String> errors = contents("error", ExportClient.json(export.manifest()));
        assertThat(errors).hasSize(1);
        assertThat(owner().get(errors.get(0)).body().lines())
                .singleElement()
                .asString()
                .contains("\"error\"", "\"exception\"", "Patient/broken cannot be read");
    }

    private void update(String sql) throws SQLException {
        try (var connection = server.bean(DataSource.class).getConnection();
                var statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(sql)).isEqualTo(1);
        }
    }

    @Test
    void anExportWithNothingInItIsCompleteAndEmpty() {
        for (String nothing : List.of("_type=Immunization", "_type=Patient&_since=2999-01-01T00:00:00Z")) {
            JsonNode manifest = ExportClient.json(
                    SmallExport.by(owner(), SmallRecord.EXPORT + "?" + nothing).manifest());

            assertThat(manifest.path("output").isArray()).isTrue();
            assertThat(manifest.path("output")).as(nothing).isEmpty();
            assertThat(manifest.path("error")).isEmpty();
        }
    }

    @Test
    void sinceLeavesOutWhatIsOlder() {
        String before = "_type=Patient&_since=2001-01-01T00:00:00Z";

        assertThat(SmallExport.by(owner(), SmallRecord.EXPORT + "?" + before)
                        .file("Patient")
                        .path("count")
                        .intValue())
                .isEqualTo(1);
    }

    @Test
    void pollsDownloadsAndDeletionsAtTheSameMomentDoEachOtherNoHarm() throws Exception {
        SmallExport export = export();
        String status = "/$export-poll-status/" + export.jobId();
        ExportClient client = owner();
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
        ExportClient writer = client("writer", "system/*.*");
        String id = "removed-document";
        String binary = "{\"resourceType\":\"Binary\",\"id\":\"" + id
                + "\",\"contentType\":\"text/plain\",\"data\":\"Zmlyc3Q=\"}";
        writer.send("PUT", "/Binary/" + id, binary, "Content-Type", "application/fhir+json");
        String patient =
                "{\"resourceType\":\"Patient\",\"id\":\"removed\",\"photo\":[{\"url\":\"Binary/" + id + "\"}]}";
        writer.send("PUT", "/Patient/removed", patient, "Content-Type", "application/fhir+json");
        SmallExport.by(owner(), "/Patient/removed/$export?_type=Patient");
        String url = "/Binary/" + id + "/$binary-access-read";
        assertThat(owner().get(url).body()).isEqualTo("first");

        writer.send(
                "PUT",
                "/Binary/" + id,
                binary.replace("Zmlyc3Q=", "c2Vjb25k"),
                "Content-Type",
                "application/fhir+json");
        assertThat(owner().get(url).body()).as("what was exported").isEqualTo("first");

        assertThat(writer.send("DELETE", "/Binary/" + id, "").statusCode()).isEqualTo(200);
        assertOutcome(owner().get(url), 404, "not-found");
    }
}
