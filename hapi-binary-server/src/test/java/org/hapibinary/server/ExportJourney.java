/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpResponse;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import javax.sql.DataSource;
import org.hapibinary.storage.ContentStore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One export of the demo's Group, from kick-off to download, on the database of the subclass. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ExportJourney {

    private static final String ALL = "system/*.rs";
    private static final String DOWNLOAD = "/$binary-access-read";

    @TempDir
    static Path directory;

    private RunningServer server;
    private ExportClient owner;
    private ExportClient stranger;
    private ExportClient nobody;
    private String jobId;
    private HttpResponse<String> complete;
    private JsonNode manifest;
    private List<String> storedAfterTheExport;

    /** Spring Boot properties that lead to the database. */
    abstract String[] database() throws Exception;

    @BeforeAll
    void exportTheGroup() throws Exception {
        server = RunningServer.start(directory, database());
        owner = ExportClient.bySecret(server.port(), ALL);
        stranger = ExportClient.byKey(server.port(), ALL);
        nobody = ExportClient.nobody(server.port());
        jobId = owner.startExport("/Group/example-group/$export");
        complete = owner.awaitEnd(jobId);
        manifest = ExportClient.json(complete.body());
        storedAfterTheExport = stored();
    }

    @AfterAll
    void stop() {
        server.close();
    }

    private List<JsonNode> output() {
        return StreamSupport.stream(manifest.path("output").spliterator(), false)
                .toList();
    }

    private JsonNode patients() {
        return output().stream()
                .filter(item -> item.path("type").asText().equals("Patient"))
                .findFirst()
                .orElseThrow();
    }

    private String patientsUrl() {
        return patients().path("url").asText();
    }

    private String patientsBinary() {
        String url = patientsUrl();
        return url.substring(0, url.length() - DOWNLOAD.length());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/$export-poll-status/", "/$export-poll-status?_jobId=", "/$export-poll-status?_id="})
    void theStatusAnswersInEachOfItsUrlForms(String form) {
        HttpResponse<String> status = owner.get(form + jobId);

        assertThat(status.statusCode()).isEqualTo(200);
        assertThat(status.headers().allValues("Content-Type")).containsExactly("application/json");
        assertThat(ExportClient.json(status.body())).isEqualTo(manifest);
    }

    @Test
    void theManifestHasTheFieldsOfTheBulkDataGuide() {
        assertThat(manifest.fieldNames())
                .toIterable()
                .containsExactly("transactionTime", "request", "requiresAccessToken", "output", "error");
        assertThat(Instant.parse(manifest.path("transactionTime").asText()))
                .isBetween(Instant.now().minus(Duration.ofMinutes(10)), Instant.now());
        assertThat(manifest.path("request").asText()).isEqualTo(owner.base() + "/Group/example-group/$export");
        assertThat(manifest.path("requiresAccessToken").isBoolean()).isTrue();
        assertThat(manifest.path("requiresAccessToken").booleanValue()).isTrue();
        assertThat(manifest.path("error").isArray()).isTrue();
        assertThat(manifest.path("error")).isEmpty();
        assertThat(output()).allSatisfy(item -> {
            assertThat(item.fieldNames()).toIterable().containsExactly("type", "url", "count", "extension");
            assertThat(item.path("url").asText())
                    .matches("\\Q" + owner.base() + "\\E/Binary/[A-Za-z0-9]{32}/\\$binary-access-read");
            assertThat(item.path("count").longValue()).isPositive();
            assertThat(item.path("extension").fieldNames()).toIterable().containsExactly("contentLength", "sha256");
        });
    }

    @Test
    void theManifestExpiresADayAfterTheExport() {
        String expires = complete.headers().firstValue("Expires").orElseThrow();

        assertThat(expires).matches("[A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT");
        assertThat(ZonedDateTime.parse(expires, DateTimeFormatter.RFC_1123_DATE_TIME)
                        .toInstant())
                .isBetween(
                        Instant.now().plus(Duration.ofHours(23)), Instant.now().plus(Duration.ofHours(24)));
    }

    @Test
    void everyFileIsWhatTheManifestSaysAndTogetherTheyAreWhatWasLoaded() throws Exception {
        Map<String, Map<String, String>> exported = new TreeMap<>();
        Set<String> names = new HashSet<>();
        for (JsonNode item : output()) {
            String type = item.path("type").asText();
            HttpResponse<byte[]> file = owner.getBytes(item.path("url").asText());
            byte[] body = file.body();
            byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(body);
            String text = new String(body, StandardCharsets.UTF_8);

            assertThat(file.statusCode()).isEqualTo(200);
            assertThat(file.headers().allValues("Content-Length")).containsExactly(Integer.toString(body.length));
            assertThat(body.length)
                    .isEqualTo(item.path("extension").path("contentLength").intValue());
            assertThat(HexFormat.of().formatHex(sha256))
                    .isEqualTo(item.path("extension").path("sha256").asText());
            assertThat(file.headers().allValues("Repr-Digest"))
                    .containsExactly("sha-256=:" + Base64.getEncoder().encodeToString(sha256) + ":");
            assertThat(text).endsWith("\n").doesNotContain("\n\n");
            assertThat(text.lines()).hasSize(item.path("count").intValue());
            assertThat(names.add(
                            file.headers().firstValue("Content-Disposition").orElseThrow()))
                    .isTrue();
            exported.computeIfAbsent(type, any -> new TreeMap<>()).putAll(DemoResources.byId(text.lines()));
        }
        assertThat(exported.keySet())
                .containsExactlyInAnyOrder(
                        "AllergyIntolerance",
                        "Condition",
                        "DiagnosticReport",
                        "DocumentReference",
                        "Encounter",
                        "Group",
                        "Immunization",
                        "MedicationRequest",
                        "Observation",
                        "Patient",
                        "Procedure");
        exported.forEach((type, resources) -> assertThat(resources).as(type).isEqualTo(DemoResources.loaded(type)));
    }

    @Test
    void filesOfATypeAreNumberedFromTheSecondOn() {
        List<String> names = output().stream()
                .filter(item -> item.path("type").asText().equals("Observation"))
                .map(item -> owner.getBytes(item.path("url").asText()))
                .map(file -> file.headers().firstValue("Content-Disposition").orElseThrow())
                .toList();

        assertThat(names)
                .hasSizeGreaterThan(1)
                .startsWith(
                        "attachment; filename=\"Observation.ndjson\"", "attachment; filename=\"Observation-2.ndjson\"");
    }

    @Test
    void aDownloadHasTheHeadersOfTheContract() {
        HttpResponse<byte[]> file = owner.getBytes(patientsUrl(), "X-Request-ID", "night-shift.1");

        assertThat(headers(file, "Content-Type")).containsExactly("application/fhir+ndjson");
        assertThat(headers(file, "Content-Disposition")).containsExactly("attachment; filename=\"Patient.ndjson\"");
        assertThat(headers(file, "ETag"))
                .containsExactly(
                        "\"" + patients().path("extension").path("sha256").asText() + "\"");
        assertThat(headers(file, "Last-Modified")).singleElement().asString().endsWith(" GMT");
        assertThat(headers(file, "Cache-Control")).containsExactly("private, no-store");
        assertThat(headers(file, "X-Content-Type-Options")).containsExactly("nosniff");
        assertThat(headers(file, "X-Request-ID")).containsExactly("night-shift.1");
        assertThat(headers(file, "Content-Encoding")).isEmpty();
    }

    private static List<String> headers(HttpResponse<?> response, String name) {
        return response.headers().allValues(name);
    }

    @Test
    void headAnswersTheHeadersOfGetAndNoBody() {
        HttpResponse<byte[]> get = owner.getBytes(patientsUrl(), "X-Request-ID", "same");
        HttpResponse<String> head = owner.send("HEAD", patientsUrl(), "", "X-Request-ID", "same");

        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(withoutDate(head)).isEqualTo(withoutDate(get));
    }

    private static Map<String, List<String>> withoutDate(HttpResponse<?> response) {
        Map<String, List<String>> headers = new TreeMap<>(response.headers().map());
        headers.remove("date");
        return headers;
    }

    @Test
    void theOperationTakesItsPathParameterAndPostAsHapisOwnDoes() {
        assertThat(owner.get(patientsUrl() + "?path=Binary").statusCode()).isEqualTo(200);
        assertThat(owner.get(patientsUrl() + "?path=Binary.data").statusCode()).isEqualTo(200);
        assertThat(owner.send("POST", patientsUrl(), "").body())
                .isEqualTo(owner.get(patientsUrl()).body());
        assertThat(owner.get(patientsUrl() + "?path=Patient.photo").statusCode())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PUT", "DELETE", "PATCH"})
    void otherMethodsAreNotAllowedOnTheOperation(String method) {
        HttpResponse<String> response = owner.send(method, patientsUrl(), "");

        assertOutcome(response, 405, "not-supported");
        assertThat(headers(response, "Allow")).containsExactly("GET, HEAD, POST");
    }

    @Test
    void metadataAsJsonHasNoDataAndNamesTheGroup() {
        HttpResponse<String> response = owner.get(patientsBinary());
        JsonNode binary = ExportClient.json(response.body());

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(headers(response, "Content-Type")).containsExactly("application/fhir+json;charset=utf-8");
        assertThat(headers(response, "ETag")).containsExactly("W/\"1\"");
        assertThat(binary.fieldNames())
                .toIterable()
                .containsExactly("resourceType", "id", "meta", "contentType", "securityContext");
        assertThat(binary.path("resourceType").asText()).isEqualTo("Binary");
        assertThat(binary.path("meta").fieldNames()).toIterable().containsExactly("versionId", "lastUpdated");
        assertThat(binary.path("contentType").asText()).isEqualTo("application/fhir+ndjson");
        assertThat(binary.path("securityContext").toString()).isEqualTo("{\"reference\":\"Group/example-group\"}");
    }

    @Test
    void metadataAsXmlHasNoDataAndNamesTheGroup() {
        HttpResponse<String> byAccept = owner.get(patientsBinary(), "Accept", "application/fhir+xml");
        HttpResponse<String> byPlainType = owner.get(patientsBinary(), "Accept", "application/xml");
        HttpResponse<String> byFormat =
                owner.get(patientsBinary() + "?_format=xml", "Accept", "application/fhir+ndjson");

        assertThat(headers(byAccept, "Content-Type")).containsExactly("application/fhir+xml;charset=utf-8");
        assertThat(byAccept.body())
                .startsWith("<Binary xmlns=\"http://hl7.org/fhir\">")
                .contains("<securityContext><reference value=\"Group/example-group\"/></securityContext>")
                .doesNotContain("<data")
                .doesNotContain("extension");
        assertThat(byFormat.body()).isEqualTo(byAccept.body());
        assertThat(byPlainType.body()).isEqualTo(byAccept.body());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ndjson", "application/fhir+ndjson", "json"})
    void anyOtherFormatIsMetadataInJson(String format) {
        HttpResponse<String> response = owner.get(patientsBinary() + "?_format=" + format.replace("+", "%2B"));

        assertThat(headers(response, "Content-Type")).containsExactly("application/fhir+json;charset=utf-8");
        assertThat(response.body()).startsWith("{\"resourceType\":\"Binary\"");
    }

    @Test
    void metadataIsNotSentAgainToAClientThatHasIt() {
        HttpResponse<String> first = owner.get(patientsBinary());
        HttpResponse<String> byTag = owner.get(patientsBinary(), "If-None-Match", "W/\"1\"");
        HttpResponse<String> byDate = owner.get(
                patientsBinary(),
                "If-Modified-Since",
                first.headers().firstValue("Last-Modified").orElseThrow());

        assertThat(List.of(byTag, byDate)).allSatisfy(response -> {
            assertThat(response.statusCode()).isEqualTo(304);
            assertThat(response.body()).isEmpty();
            assertThat(headers(response, "ETag")).isEqualTo(headers(first, "ETag"));
            assertThat(headers(response, "Last-Modified")).isEqualTo(headers(first, "Last-Modified"));
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"application/fhir+ndjson", "application/octet-stream", "application/json;q=0.1, text/plain"})
    void aReadThatPrefersAnotherTypeGetsTheContentJustAsTheOperationSendsIt(String accept) {
        HttpResponse<String> read = owner.get(patientsBinary(), "Accept", accept, "X-Request-ID", "same");
        HttpResponse<String> operation = owner.get(patientsUrl(), "X-Request-ID", "same");

        assertThat(read.body()).isEqualTo(operation.body());
        assertThat(withoutDate(read)).isEqualTo(withoutDate(operation));
    }

    @Test
    void anotherClientIsForbiddenMetadataContentAndStatus() {
        assertOutcome(stranger.get(patientsBinary()), 403, "forbidden");
        assertOutcome(stranger.get(patientsBinary(), "Accept", "application/fhir+ndjson"), 403, "forbidden");
        assertOutcome(stranger.get(patientsUrl()), 403, "forbidden");
        assertOutcome(stranger.status(jobId), 403, "forbidden");
        assertOutcome(stranger.send("DELETE", "/$export-poll-status/" + jobId, ""), 403, "forbidden");
        assertThat(owner.status(jobId).statusCode()).isEqualTo(200);
    }

    @Test
    void withoutATokenEverythingButTheCapabilityStatementNeedsALogin() {
        for (String url : List.of(
                patientsBinary(),
                patientsUrl(),
                "/$export-poll-status/" + jobId,
                "/$export-poll-status?_jobId=" + jobId,
                "/Group/example-group/$export",
                "/Patient",
                "/Binary?_id=x",
                "/Binary/" + patientsBinary().substring(patientsBinary().lastIndexOf('/') + 1) + "/_history/1")) {
            HttpResponse<String> response = nobody.kickOff(url);

            assertOutcome(response, 401, "login");
            assertThat(headers(response, "WWW-Authenticate")).as(url).containsExactly("Bearer realm=\"fhir\"");
        }
        assertThat(nobody.get("/metadata").statusCode()).isEqualTo(200);
    }

    @Test
    void aFreshTokenOfTheSameClientIsAsGoodAsTheFirstButItsScopesCount() {
        ExportClient fresh = ExportClient.bySecret(server.port(), "system/Patient.rs");
        String observations = output().stream()
                .filter(item -> item.path("type").asText().equals("Observation"))
                .map(item -> item.path("url").asText())
                .findFirst()
                .orElseThrow();

        assertThat(fresh.get(patientsUrl()).statusCode()).isEqualTo(200);
        HttpResponse<String> refusal = fresh.get(observations);
        assertOutcome(refusal, 403, "forbidden");
        assertThat(headers(refusal, "WWW-Authenticate"))
                .containsExactly("Bearer realm=\"fhir\", error=\"insufficient_scope\"");
    }

    @Test
    void aTokenForPatientsNarrowsAnExportAndMayNotNameOtherTypes() {
        ExportClient narrow = ExportClient.bySecret(server.port(), "system/Patient.rs");

        assertOutcome(narrow.kickOff("/Group/example-group/$export?_type=Patient,Observation"), 403, "forbidden");
        JsonNode narrowed = ExportClient.json(narrow.awaitEnd(narrow.startExport("/Group/example-group/$export"))
                .body());
        assertThat(narrowed.path("output").findValuesAsText("type")).containsOnly("Patient");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/$export-poll-status", "/Binary/x/$binary-access-read", "/Group/example-group/$export"})
    void aPageOfSearchResultsIsNotHadByThePathOfAnExport(String path) {
        ExportClient patientsOnly = ExportClient.bySecret(server.port(), "system/Patient.rs");
        String next = StreamSupport.stream(
                        ExportClient.json(owner.get("/Observation?_count=5").body())
                                .path("link")
                                .spliterator(),
                        false)
                .filter(link -> link.path("relation").asText().equals("next"))
                .map(link -> link.path("url").asText())
                .findFirst()
                .orElseThrow();
        String page = next.substring(next.indexOf('?'));

        assertThat(owner.get(next).body()).contains("\"resourceType\":\"Observation\"");
        assertThat(patientsOnly.get(next).statusCode()).isEqualTo(403);
        HttpResponse<String> response = patientsOnly.get(path + page);
        assertThat(response.statusCode()).as(response.body()).isBetween(400, 499);
        assertThat(response.body()).doesNotContain("\"resourceType\":\"Observation\"");
        assertThat(nobody.get(path + page).statusCode()).isEqualTo(401);
    }

    @Test
    void aKickOffThatIsNotRightIsRefusedAndLeavesNoRow() throws SQLException {
        long before = rows("HBP_EXPORT");

        assertOutcome(owner.kickOff("/Group/no-such-group/$export"), 404, "not-found");
        assertOutcome(owner.get("/Group/example-group/$export"), 400, "invalid");
        assertOutcome(owner.kickOff("/Group/example-group/$export?_outputFormat=text/csv"), 400, "invalid");
        assertOutcome(owner.kickOff("/Group/example-group/$export?_type=NoSuchType"), 400, "invalid");
        assertOutcome(owner.kickOff("/Group/example-group/$export?_since=yesterday"), 400, "invalid");
        assertThat(rows("HBP_EXPORT")).isEqualTo(before);
    }

    @Test
    void whatNeverWasIsNotFoundWhateverTheClientAccepts() {
        assertOutcome(owner.get("/Binary/no-such-file"), 404, "not-found");
        assertOutcome(owner.get("/Binary/no-such-file", "Accept", "application/fhir+ndjson"), 404, "not-found");
        assertOutcome(owner.get("/Binary/no-such-file/$binary-access-read"), 404, "not-found");
        assertOutcome(owner.get("/Binary/example-group-doc-0"), 404, "not-found");
        assertOutcome(owner.status("no-such-job"), 404, "not-found");
        assertOutcome(owner.get("/$export-poll-status"), 400, "required");
        assertOutcome(owner.get("/Patient/x/$export-poll-status"), 404, "not-found");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"application/fhir+xml", "application/xml", "application/fhir+xml, application/fhir+json;q=0.5"})
    void anErrorIsXmlForAClientThatPrefersXml(String accept) {
        HttpResponse<String> response = owner.get("/Binary/no-such-file", "Accept", accept);

        assertThat(headers(response, "Content-Type")).containsExactly("application/fhir+xml;charset=utf-8");
        assertThat(response.body()).startsWith("<OperationOutcome xmlns=\"http://hl7.org/fhir\">");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", DOWNLOAD})
    void aFileIsNotServedInABatch(String operation) {
        String id = patientsBinary().substring(owner.base().length() + 1);
        String batch = "{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":["
                + "{\"request\":{\"method\":\"GET\",\"url\":\"" + id + operation + "\"}}]}";

        HttpResponse<String> response = owner.send("POST", "", batch, "Content-Type", "application/fhir+json");

        assertThat(response.body())
                .contains("OperationOutcome")
                .doesNotContain("application/fhir+ndjson", "\"resourceType\":\"Patient\"", "200 OK");
    }

    @Test
    void aBinaryThatAClientForgesNeverBecomesAnExportFile() throws SQLException {
        long before = rows("HBP_EXPORT_FILE");
        ExportClient writer = ExportClient.bySecret(server.port(), "system/*.cruds");
        String forged = "{\"resourceType\":\"Binary\",\"id\":\"forged\",\"contentType\":\"application/fhir+ndjson\","
                + "\"securityContext\":{\"identifier\":{\"system\":\"urn:hapi-binary:export\",\"value\":\""
                + exportId() + "\"}},\"data\":\"e30K\"}";

        assertThat(writer.send("PUT", "/Binary/forged", forged, "Content-Type", "application/fhir+json")
                        .statusCode())
                .isEqualTo(201);

        assertThat(rows("HBP_EXPORT_FILE")).isEqualTo(before);
        assertOutcome(owner.get("/Binary/forged"), 404, "not-found");
    }

    private String exportId() throws SQLException {
        return query("select EXPORT_ID from HBP_EXPORT where JOB_ID = '" + jobId + "'");
    }

    @Test
    void noTableHoldsAByteOfTheExport() throws Exception {
        DatabaseSearch search = new DatabaseSearch(server.bean(DataSource.class));
        String lineStart = "{\"resourceType\":\"Patient\",\"id\":\"";
        String lineStartInBase64 = Base64.getEncoder()
                .withoutPadding()
                .encodeToString(lineStart.substring(0, 30).getBytes(StandardCharsets.UTF_8));

        assertThat(owner.get(patientsUrl()).body()).startsWith(lineStart);
        assertThat(search.tablesWith("Synthea"))
                .as("the search finds what is there")
                .isNotEmpty();
        assertThat(search.tablesWith(lineStart)).isEmpty();
        assertThat(search.tablesWith(lineStartInBase64)).isEmpty();
    }

    @Test
    void theStoreHoldsJustTheFilesOfTheManifest() {
        Set<String> listed = output().stream()
                .map(item -> item.path("url").asText().split("/", -1)[5])
                .collect(Collectors.toSet());

        assertThat(storedAfterTheExport)
                .containsExactlyInAnyOrderElementsOf(Stream.concat(
                                listed.stream().map(id -> id + ".bin"),
                                listed.stream().map(id -> id + ".json"))
                        .toList());
    }

    private static List<String> stored() throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("binary"))) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .map(name -> name.split("_", -1)[1] + name.substring(name.lastIndexOf('.')))
                    .toList();
        }
    }

    @Test
    void aFileWhoseContentIsMissingIsAFaultAndNotAnEmptyFile() throws IOException {
        SeededFile file = SeededFile.in(server, 4096);
        assertThat(owner.get(file.path()).statusCode()).isEqualTo(200);
        server.bean(ContentStore.class).erase(file.binaryId(), file.contentId());

        HttpResponse<String> response = owner.get(file.path(), "X-Request-ID", "tell-the-operator");

        assertOutcome(response, 500, "exception");
        assertThat(response.body()).contains("tell-the-operator").doesNotContain(file.contentId());
    }

    @Test
    void aFileThatIsNotAsLongAsItShouldBeIsNotSent() throws IOException {
        SeededFile file = SeededFile.in(server, 4096);
        Files.write(contentOf(file), new byte[] {'x'}, StandardOpenOption.APPEND);

        assertOutcome(owner.get(file.path()), 500, "exception");
    }

    @Test
    void aFileThatBreaksOffWhileItIsSentHasItsConnectionCut() throws IOException {
        SeededFile file = SeededFile.in(server, 64 << 20);

        try (InputStream body = owner.getStream(file.path()).body()) {
            body.readNBytes(1 << 20);
            try (FileChannel content = FileChannel.open(contentOf(file), StandardOpenOption.WRITE)) {
                content.truncate(32 << 20);
            }
            assertThatThrownBy(() -> body.transferTo(OutputStream.nullOutputStream()))
                    .isInstanceOf(IOException.class);
        }
    }

    private static Path contentOf(SeededFile file) throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("binary"))) {
            return files.filter(path -> path.endsWith("Binary_" + file.binaryId() + "_" + file.contentId() + ".bin"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void aKickOffByPostTakesItsParametersFromTheBody() {
        String body = "{\"resourceType\":\"Parameters\",\"parameter\":["
                + "{\"name\":\"_type\",\"valueString\":\"Patient\"}]}";

        HttpResponse<String> response = owner.send(
                "POST",
                "/Group/example-group/$export",
                body,
                "Prefer",
                "respond-async",
                "Content-Type",
                "application/fhir+json");

        assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
        String location = response.headers().firstValue("Content-Location").orElseThrow();
        JsonNode complete = ExportClient.json(
                owner.awaitEnd(location.substring(location.indexOf('=') + 1)).body());
        assertThat(complete.path("output").findValuesAsText("type")).containsExactly("Patient");
        assertOutcome(
                ExportClient.bySecret(server.port(), "system/Observation.rs")
                        .send(
                                "POST",
                                "/Group/example-group/$export",
                                body,
                                "Prefer",
                                "respond-async",
                                "Content-Type",
                                "application/fhir+json"),
                403,
                "forbidden");
    }

    @ParameterizedTest
    @CsvSource({
        "/Patient/7afd54f9-1cd0-7a16-96cf-b1e8f363b04b/$export,Patient/7afd54f9-1cd0-7a16-96cf-b1e8f363b04b,1",
        "/Patient/$export,,12",
        "/$export,,12"
    })
    void theSecurityContextIsWhatWasExported(String kickOff, String securityContext, int patients) {
        JsonNode complete = ExportClient.json(
                owner.awaitEnd(owner.startExport(kickOff + "?_type=Patient")).body());
        String url = complete.path("output").path(0).path("url").asText();
        JsonNode binary = ExportClient.json(
                owner.get(url.substring(0, url.length() - DOWNLOAD.length())).body());

        assertThat(complete.path("output").path(0).path("count").intValue()).isEqualTo(patients);
        assertThat(binary.path("securityContext").path("reference").asText(null))
                .isEqualTo(securityContext);
        assertThat(binary.has("securityContext")).isEqualTo(securityContext != null);
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/fhir+json", "application/fhir+xml", "text/html", "*/*"})
    void noAcceptTurnsADownloadIntoAResource(String accept) {
        HttpResponse<String> response = owner.get(patientsUrl(), "Accept", accept);

        assertThat(headers(response, "Content-Type")).containsExactly("application/fhir+ndjson");
        assertThat(response.body().lines()).hasSize(12);
    }

    @Test
    void metadataCanBeSummarizedAndSelected() {
        assertThat(ExportClient.json(owner.get(patientsBinary() + "?_elements=contentType")
                                .body())
                        .path("contentType")
                        .asText())
                .isEqualTo("application/fhir+ndjson");
        assertThat(owner.get(patientsBinary() + "?_summary=true").statusCode()).isEqualTo(200);
        assertThat(owner.get(patientsBinary() + "?_pretty=true").body()).contains("{\n  \"resourceType\": \"Binary\"");
        assertThat(owner.send("HEAD", patientsBinary(), "").statusCode()).isEqualTo(200);
    }

    @Test
    void aDeletedExportAndItsFilesAreNotFound() {
        String deleted = owner.startExport("/Group/example-group/$export?_type=Patient");
        String url = ExportClient.json(owner.awaitEnd(deleted).body())
                .path("output")
                .path(0)
                .path("url")
                .asText();

        HttpResponse<String> response = owner.send("DELETE", "/$export-poll-status/" + deleted, "");

        assertThat(response.statusCode()).isEqualTo(202);
        assertOutcome(owner.status(deleted), 404, "not-found");
        assertOutcome(owner.get(url), 404, "not-found");
        assertOutcome(owner.send("DELETE", "/$export-poll-status/" + deleted, ""), 404, "not-found");
    }

    @Test
    void aRunningExportSaysHowFarItIsAndWhenToComeBack() {
        HttpResponse<String> status = owner.status(owner.startExport("/Group/example-group/$export?_type=Patient"));

        assertThat(status.statusCode()).isEqualTo(202);
        assertThat(headers(status, "X-Progress")).singleElement().asString().matches("\\d{1,3}% complete");
        assertThat(headers(status, "Retry-After")).singleElement().asString().matches("\\d{1,3}");
        assertThat(ExportClient.json(status.body())
                        .path("issue")
                        .path(0)
                        .path("code")
                        .asText())
                .isEqualTo("informational");
    }

    private long rows(String table) throws SQLException {
        return Long.parseLong(query("select count(*) from " + table));
    }

    private String query(String sql) throws SQLException {
        try (var connection = server.bean(DataSource.class).getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }

    private static void assertOutcome(HttpResponse<String> response, int status, String code) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(headers(response, "Content-Type")).containsExactly("application/fhir+json;charset=utf-8");
        JsonNode outcome = ExportClient.json(response.body());
        assertThat(outcome.path("resourceType").asText()).isEqualTo("OperationOutcome");
        assertThat(outcome.path("issue").path(0).path("code").asText()).isEqualTo(code);
        assertThat(outcome.path("issue").path(0).path("diagnostics").asText())
                .isNotBlank()
                .doesNotContain("Exception", "org.hapibinary", "ca.uhn");
    }
}
