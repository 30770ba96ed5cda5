/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.authorization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.host.ExportedGroup.DOWNLOAD;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.hash.Hashing;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.contract.WithExportedGroup;
import org.hapibinary.server.host.ExportedGroup;
import org.hapibinary.server.world.DemoResources;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every other way to an export file that FHIR and HAPI know, tried by its owner, by another client and by nobody, on a
 * server that allows everything. A door that names the file is refused; one that would show it leaves it out.
 */
public interface SideDoorContract extends WithExportedGroup {

    String FHIR_JSON = "application/fhir+json";
    String FORM = "application/x-www-form-urlencoded";

    /**
     * A request.
     *
     * @param path below the FHIR base; {@code {id}} stands for the id of the export file
     * @param body empty for none
     * @param contentType of the body
     * @param headers besides
     */
    record Door(String method, String path, String body, String contentType, List<String> headers) {

        static Door get(String path) {
            return new Door("GET", path, "", "", List.of());
        }

        static Door fhir(String method, String path, String body) {
            return new Door(method, path, body, FHIR_JSON, List.of());
        }

        Door with(String header, String value) {
            return new Door(method, path, body, contentType, List.of(header, value));
        }

        HttpResponse<String> tryAs(ExportClient client, String id) {
            Stream<String> type = contentType.isEmpty() ? Stream.empty() : Stream.of("Content-Type", contentType);
            return client.send(
                    method,
                    path.replace("{id}", id),
                    body.replace("{id}", id),
                    Stream.concat(type, headers.stream().map(value -> value.replace("{id}", id)))
                            .toArray(String[]::new));
        }

        @Override
        public String toString() {
            return method + " " + path + (body.isEmpty() ? "" : " " + body);
        }
    }

    String BINARY =
            "{\"resourceType\":\"Binary\",\"id\":\"{id}\",\"contentType\":\"text/plain\",\"data\":\"Zm9yZ2Vk\"}";
    String META = "{\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"meta\",\"valueMeta\":"
            + "{\"tag\":[{\"system\":\"urn:x\",\"code\":\"x\"}]}}]}";
    String PATCH = "[{\"op\":\"replace\",\"path\":\"/contentType\",\"value\":\"text/plain\"}]";
    String EXPUNGE = "{\"resourceType\":\"Parameters\",\"parameter\":["
            + "{\"name\":\"expungeDeletedResources\",\"valueBoolean\":true},"
            + "{\"name\":\"expungePreviousVersions\",\"valueBoolean\":true}]}";

    private static String bundle(String type, String entry) {
        return "{\"resourceType\":\"Bundle\",\"type\":\"" + type + "\",\"entry\":[" + entry + "]}";
    }

    private static String entry(String method, String url) {
        return "{\"request\":{\"method\":\"" + method + "\",\"url\":\"" + url + "\"}}";
    }

    private static String entry(String method, String url, String resource) {
        return "{\"resource\":" + resource + ",\"request\":{\"method\":\"" + method + "\",\"url\":\"" + url + "\"}}";
    }

    private static String basic(String reference) {
        return "{\"resourceType\":\"Basic\",\"code\":{\"text\":\"x\"},\"subject\":{\"reference\":\"" + reference
                + "\"}}";
    }

    /** Doors that name the file in their path. */
    static Stream<Door> doorsThatNameTheFile() {
        return Stream.of(
                Door.get("/Binary/{id}/_history"),
                Door.get("/Binary/{id}/_history?_count=1"),
                Door.get("/Binary/{id}/_history/1"),
                Door.get("/Binary/{id}/_history/1?_format=json"),
                Door.get("/Binary/{id}/_history/1").with("Accept", "application/fhir+ndjson"),
                Door.get("/Binary/{id}/_history/1" + DOWNLOAD),
                new Door("HEAD", "/Binary/{id}/_history/1", "", "", List.of()),
                Door.get("/Binary/{id}/$meta"),
                Door.fhir("POST", "/Binary/{id}/$meta-add", META),
                Door.fhir("POST", "/Binary/{id}/$meta-delete", META),
                Door.get("/Binary/{id}/$diff"),
                Door.get("/Binary/{id}/$graphql?query=%7Bdata%7D"),
                Door.fhir("POST", "/Binary/{id}/$expunge", EXPUNGE),
                Door.fhir("POST", "/Binary/{id}/_history/1/$expunge", EXPUNGE),
                Door.fhir("POST", "/Binary/{id}/$validate", BINARY),
                Door.get("/Binary/{id}/$everything"),
                Door.get("/Binary/{id}/$no-such-operation"),
                new Door("POST", "/Binary/{id}/$binary-access-write?path=Binary", "forged", "text/plain", List.of()),
                new Door(
                        "POST",
                        "/Binary/{id}/$binary-access-write?path=Binary.data",
                        "forged",
                        "text/plain",
                        List.of()),
                Door.get("/Binary/{id}/$binary-access-write?path=Binary"),
                Door.fhir("PUT", "/Binary/{id}", BINARY),
                new Door("PUT", "/Binary/{id}", "forged", "text/plain", List.of()),
                Door.fhir("PUT", "/Binary/{id}", BINARY).with("If-Match", "W/\"1\""),
                Door.fhir("PUT", "/Binary/{id}", BINARY).with("X-HTTP-Method-Override", "GET"),
                Door.fhir("PUT", "/Binary/other-id", BINARY).with("Content-Location", "Binary/{id}"),
                new Door("PATCH", "/Binary/{id}", PATCH, "application/json-patch+json", List.of()),
                Door.fhir("PATCH", "/Binary/{id}", "{\"resourceType\":\"Parameters\"}"),
                new Door("DELETE", "/Binary/{id}", "", "", List.of()),
                new Door("DELETE", "/Binary/{id}?_cascade=delete", "", "", List.of()),
                new Door("DELETE", "/Binary/{id}?_expunge=true", "", "", List.of()),
                new Door("POST", "/Binary/{id}", "", FORM, List.of("X-HTTP-Method-Override", "DELETE")),
                new Door("POST", "/Binary/{id}?_method=DELETE", "", FORM, List.of()),
                new Door("POST", "/Binary/{id}/_search", "", FORM, List.of()),
                Door.get("/Binary/{id}/Patient"),
                Door.get("/Patient/{id}" + DOWNLOAD + "?path=Binary"),
                Door.get("/Patient/{id}" + DOWNLOAD + "?path=Patient.photo"),
                Door.get("/DocumentReference/{id}" + DOWNLOAD + "?path=DocumentReference.content.attachment"),
                Door.get("/Bundle/{id}" + DOWNLOAD + "?path=Bundle"),
                Door.get("/Binary" + DOWNLOAD + "?id={id}&path=Binary"),
                Door.get("/" + DOWNLOAD.substring(1) + "?id=Binary/{id}&path=Binary"),
                Door.get("/Binary/{id}/$export"),
                Door.get("/Binary/{id}/$export-poll-status"),
                Door.get("/Patient/example/Binary/{id}"));
    }

    /** Doors behind which the file could lie among other things. */
    static Stream<Door> doorsThatWouldShowTheFile() {
        return Stream.of(
                Door.get("/Binary"),
                Door.get("/Binary?_id={id}"),
                Door.get("/Binary?_id={id}&_summary=data"),
                Door.get("/Binary?_id={id}&_elements=data,meta"),
                Door.get("/Binary?_id={id}&_summary=count"),
                Door.get("/Binary?_id={id}&_total=accurate"),
                Door.get("/Binary?_id={id}&_format=xml"),
                Door.get("/Binary?_id={id}").with("Accept", "application/fhir+ndjson"),
                Door.get("/Binary?_id={id}").with("Cache-Control", "no-cache"),
                Door.get("/Binary?_id={id},no-such-id"),
                Door.get("/Binary?_lastUpdated=gt2000-01-01&_count=200"),
                Door.get("/Binary?_sort=-_lastUpdated&_offset=0&_count=200"),
                Door.get("/Binary?_id={id}&_include=*&_revinclude=*"),
                Door.get("/Binary/_search?_id={id}"),
                new Door("POST", "/Binary/_search", "_id={id}", FORM, List.of()),
                new Door("POST", "/Binary/_search?_id={id}", "_count=5", FORM, List.of()),
                Door.get("/?_id={id}"),
                Door.get("/?_type=Binary"),
                Door.get("/_history?_count=200"),
                Door.get("/_history?_since=2000-01-01&_count=200"),
                Door.get("/Binary/_history?_count=200"),
                Door.get("/Binary/_history?_at=gt2000-01-01&_count=200"),
                new Door("PUT", "/_history?_count=200", "", "", List.of()),
                new Door("PATCH", "/_history?_count=200", "", "", List.of()),
                new Door("PUT", "/Binary/_history?_count=200", "", "", List.of()),
                Door.get("/Basic?_include=Basic:subject"),
                Door.get("/Basic?_include=*"),
                Door.get("/Basic?_include:iterate=Basic:subject"),
                Door.get("/Basic?subject=Binary/{id}&_include=Basic:subject"),
                Door.get("/Patient?_revinclude=Binary:subject"),
                Door.get("/Patient/example-group-patient/$everything"),
                Door.get("/$graphql?query=%7BBinary(id%3A%22{id}%22)%7Bid%20contentType%20data%7D%7D"),
                Door.get("/$graphql?query=%7BBinaryList(_id%3A%22{id}%22)%7Bid%20contentType%20data%7D%7D"),
                Door.get("/$graphql?query=%7BBasicList(_count%3A%2250%22)%7Bsubject%7Bresource%7B...on%20Binary"
                        + "%7Bid%20data%20contentType%7D%7D%7D%7D%7D"),
                Door.get("/$diff?from=Binary/{id}/_history/1&to=Binary/{id}"),
                Door.get("/$diff?from=Binary/{id}&to=Basic/pointer"),
                Door.fhir("POST", "", bundle("batch", entry("GET", "Binary/{id}"))),
                Door.fhir("POST", "", bundle("batch", entry("GET", "Binary/{id}?_format=json"))),
                Door.fhir("POST", "", bundle("batch", entry("GET", "Binary/{id}" + DOWNLOAD))),
                Door.fhir("POST", "", bundle("batch", entry("GET", "Binary/{id}" + DOWNLOAD + "?path=Binary"))),
                Door.fhir("POST", "", bundle("batch", entry("GET", "Binary/{id}/_history/1"))),
                Door.fhir("POST", "", bundle("batch", entry("GET", "Binary/{id}/_history"))),
                Door.fhir("POST", "", bundle("batch", entry("GET", "Binary?_id={id}"))),
                Door.fhir("POST", "", bundle("batch", entry("GET", "Basic?_include=Basic:subject"))),
                Door.fhir("POST", "", bundle("batch", entry("POST", "Binary/{id}" + DOWNLOAD))),
                Door.fhir("POST", "", bundle("batch", entry("PUT", "Binary/{id}", BINARY))),
                Door.fhir("POST", "", bundle("batch", entry("PUT", "Binary?_id={id}", BINARY))),
                Door.fhir(
                        "POST",
                        "",
                        bundle("batch", entry("PATCH", "Binary/{id}", "{\"resourceType\":\"Parameters\"}"))),
                Door.fhir("POST", "", bundle("batch", entry("DELETE", "Binary/{id}"))),
                Door.fhir("POST", "", bundle("batch", entry("DELETE", "Binary?_id={id}"))),
                Door.fhir("POST", "", bundle("transaction", entry("GET", "Binary/{id}"))),
                Door.fhir("POST", "", bundle("transaction", entry("GET", "Binary/{id}" + DOWNLOAD))),
                Door.fhir("POST", "", bundle("transaction", entry("GET", "Binary?_id={id}"))),
                Door.fhir("POST", "", bundle("transaction", entry("GET", "Binary/{id}/_history/1"))),
                Door.fhir("POST", "", bundle("transaction", entry("PUT", "Binary/{id}", BINARY))),
                Door.fhir("POST", "", bundle("transaction", entry("PUT", "Binary?_id={id}", BINARY))),
                Door.fhir(
                        "POST",
                        "",
                        bundle("transaction", entry("PATCH", "Binary/{id}", "{\"resourceType\":\"Parameters\"}"))),
                Door.fhir("POST", "", bundle("transaction", entry("DELETE", "Binary/{id}"))),
                Door.fhir("POST", "", bundle("transaction", entry("DELETE", "Binary?_id={id}"))),
                Door.fhir(
                        "POST",
                        "",
                        bundle("transaction", entry("POST", "Basic", basic("Binary?_lastUpdated=gt2000-01-01")))),
                Door.fhir("PUT", "/Binary?_id={id}", BINARY),
                Door.fhir("POST", "/Binary", BINARY),
                Door.fhir("POST", "/Binary", BINARY).with("If-None-Exist", "_id={id}"),
                new Door("PATCH", "/Binary?_id={id}", PATCH, "application/json-patch+json", List.of()),
                new Door("DELETE", "/Binary?_id={id}", "", "", List.of()),
                new Door("DELETE", "/Binary?_lastUpdated=gt2000-01-01&_expunge=false", "", "", List.of()));
    }

    private String id() {
        return ExportedGroup.binaryOf(group().patientsUrl());
    }

    private void assertNoLeak(HttpResponse<String> response) {
        String content = group().owner().get(group().patientsUrl()).body();
        String base64 = Base64.getEncoder().encodeToString(content.getBytes(StandardCharsets.UTF_8));
        assertThat(response.body())
                .doesNotContain(content.substring(0, 200))
                .doesNotContain(base64.substring(0, 200))
                .doesNotContain(group().jobId());
        for (String binary : group().exportedBinaries()) {
            assertThat(response.body())
                    .doesNotContain("\"id\":\"" + binary + "\"", "\"id\": \"" + binary + "\"")
                    .doesNotContain("<id value=\"" + binary + "\"")
                    .doesNotContain("\"fullUrl\":\"" + group().owner().base() + "/Binary/" + binary)
                    .doesNotContain("\"location\":\"Binary/" + binary);
        }
    }

    private void assertTheFileIsUntouched() throws SQLException {
        assertThat(resourcesUnderTheFilesId()).isEqualTo("0");
        HttpResponse<byte[]> download = group().owner().getBytes(group().patientsUrl());
        assertThat(download.statusCode()).isEqualTo(200);
        assertThat(Hashing.sha256().hashBytes(download.body()).toString())
                .isEqualTo(group().patients().path("extension").path("sha256").asText());
        assertThat(group().owner().get(group().patientsBinary()).statusCode()).isEqualTo(200);
    }

    /** Of HAPI's, deleted ones among them: the file is none, and no door makes one. */
    private String resourcesUnderTheFilesId() throws SQLException {
        return group().query("select count(*) from HFJ_RESOURCE where FHIR_ID = '" + id() + "'");
    }

    private List<ExportClient> everybody() {
        return List.of(group().stranger(), group().nobody(), group().owner());
    }

    @ParameterizedTest
    @MethodSource("doorsThatNameTheFile")
    default void aDoorThatNamesTheFileIsRefusedToEverybody(Door door) throws SQLException {
        for (ExportClient client : everybody()) {
            HttpResponse<String> response = door.tryAs(client, id());

            assertThat(response.statusCode()).as(response.body()).isBetween(400, 499);
            assertNoLeak(response);
        }
        assertTheFileIsUntouched();
    }

    @ParameterizedTest
    @MethodSource("doorsThatWouldShowTheFile")
    default void aDoorThatWouldShowTheFileLeavesItOutForEverybody(Door door) throws SQLException {
        group().owner().send("PUT", "/Basic/pointer", pointer(), "Content-Type", FHIR_JSON);
        for (ExportClient client : everybody()) {
            HttpResponse<String> response = door.tryAs(client, id());

            assertThat(response.statusCode()).as(response.body()).isLessThan(500);
            assertNoLeak(response);
        }
        assertTheFileIsUntouched();
    }

    private String pointer() {
        return basic("Binary/" + id()).replace("\"Basic\",", "\"Basic\",\"id\":\"pointer\",");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/Binary", "/Binary/_history"})
    default void whatShowsAllBinariesShowsTheOthersPageByPage(String path) {
        List<String> shown = new ArrayList<>();
        String page = path + "?_count=20";
        while (!page.isEmpty()) {
            JsonNode bundle = ExportClient.json(
                    group().nobody().get(page, "Cache-Control", "no-cache").body());
            bundle.path("entry")
                    .forEach(entry -> shown.add(entry.path("fullUrl").asText().replaceFirst(".*/Binary/", "")));
            page = StreamSupport.stream(bundle.path("link").spliterator(), false)
                    .filter(link -> link.path("relation").asText().equals("next"))
                    .map(link -> link.path("url").asText())
                    .findFirst()
                    .orElse("");
        }

        assertThat(shown)
                .containsAll(DemoResources.loaded("Binary").keySet())
                .doesNotContainAnyElementsOf(group().exportedBinaries());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "_summary=data",
                "_summary=false",
                "_summary=text",
                "_elements=data",
                "_elements=data,contentType",
                "_elements=Binary.data",
                "_elements:exclude=contentType",
                "_format=json",
                "_format=xml",
                "_format=application/fhir%2Bndjson",
                "_format=application/octet-stream",
                "_format=text/plain"
            })
    default void theMetadataNeverHoldTheContentWhateverIsAskedFor(String query) {
        String content = group().owner().get(group().patientsUrl()).body();

        HttpResponse<String> response = group().owner().get(group().patientsBinary() + "?" + query);

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.body())
                .contains("Binary")
                .doesNotContain("\"data\"", "<data", "urn:hapi-binary", group().jobId())
                .doesNotContain(content.substring(0, 200));
    }

    @Test
    default void eachEntryOfABatchIsLookedAtForItself() {
        String batch = bundle(
                "batch",
                String.join(
                        ",",
                        entry("GET", "Binary/example-group-doc-0"),
                        entry("GET", "Binary/" + id()),
                        entry("GET", "Binary/example-group-doc-1"),
                        entry("GET", "Binary/" + id() + "/_history/1")));

        HttpResponse<String> response = group().owner().send("POST", "", batch, "Content-Type", FHIR_JSON);

        assertThat(ExportClient.json(response.body()).path("entry"))
                .extracting(
                        entry -> entry.path("response").path("status").asText().substring(0, 3))
                .as(response.body())
                .containsExactly("200", "403", "200", "403");
    }

    @Test
    default void aSearchForTheFileCountsNothing() {
        JsonNode found = ExportClient.json(group().nobody()
                .get("/Binary?_id=" + id() + "&_total=accurate", "Cache-Control", "no-cache")
                .body());

        assertThat(found.path("entry")).isEmpty();
        assertThat(found.path("total").asInt()).isZero();
    }

    @Test
    default void aHistoryOfEverythingShowsTheRest() {
        JsonNode history =
                ExportClient.json(group().nobody().get("/_history?_count=50").body());

        assertThat(history.path("resourceType").asText()).isEqualTo("Bundle");
        assertThat(history.path("entry")).isNotEmpty();
    }

    @Test
    default void whatAClientForgesIsNoExportFile() throws Exception {
        long before = group().rows("HBP_EXPORT_FILE");
        String forged = "{\"resourceType\":\"Binary\",\"id\":\"forged\",\"contentType\":\"application/fhir+ndjson\","
                + "\"securityContext\":{\"identifier\":{\"system\":\"urn:hapi-binary:export\",\"value\":\""
                + group().exportId() + "\"}},\"data\":\"e30K\"}";

        assertThat(group().nobody()
                        .send("PUT", "/Binary/forged", forged, "Content-Type", FHIR_JSON)
                        .statusCode())
                .isEqualTo(201);

        assertThat(group().rows("HBP_EXPORT_FILE")).isEqualTo(before);
        assertThat(group().owner().status(group().jobId()).body())
                .isEqualTo(group().complete().body());
    }
}
