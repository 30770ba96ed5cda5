/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.authorization;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.hash.Hashing;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.StreamSupport;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.ExportedGroup;
import org.hapibinary.server.host.WithExportedGroup;
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
    @MethodSource("org.hapibinary.server.contract.authorization.SideDoors#thatNameTheFile")
    default void aDoorThatNamesTheFileIsRefusedToEverybody(SideDoor door) throws SQLException {
        for (ExportClient client : everybody()) {
            HttpResponse<String> response = door.tryAs(client, id());

            assertThat(response.statusCode()).as(response.body()).isBetween(400, 499);
            assertNoLeak(response);
        }
        assertTheFileIsUntouched();
    }

    @ParameterizedTest
    @MethodSource("org.hapibinary.server.contract.authorization.SideDoors#thatWouldShowTheFile")
    default void aDoorThatWouldShowTheFileLeavesItOutForEverybody(SideDoor door) throws SQLException {
        group().owner().send("PUT", "/Basic/pointer", pointer(), "Content-Type", SideDoors.FHIR_JSON);
        for (ExportClient client : everybody()) {
            HttpResponse<String> response = door.tryAs(client, id());

            assertThat(response.statusCode()).as(response.body()).isLessThan(500);
            assertNoLeak(response);
        }
        assertTheFileIsUntouched();
    }

    private String pointer() {
        return SideDoors.basic("Binary/" + id()).replace("\"Basic\",", "\"Basic\",\"id\":\"pointer\",");
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
        String batch = SideDoors.bundle(
                "batch",
                String.join(
                        ",",
                        SideDoors.entry("GET", "Binary/example-group-doc-0"),
                        SideDoors.entry("GET", "Binary/" + id()),
                        SideDoors.entry("GET", "Binary/example-group-doc-1"),
                        SideDoors.entry("GET", "Binary/" + id() + "/_history/1")));

        HttpResponse<String> response = group().owner().send("POST", "", batch, "Content-Type", SideDoors.FHIR_JSON);

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
                        .send("PUT", "/Binary/forged", forged, "Content-Type", SideDoors.FHIR_JSON)
                        .statusCode())
                .isEqualTo(201);

        assertThat(group().rows("HBP_EXPORT_FILE")).isEqualTo(before);
        assertThat(group().owner().status(group().jobId()).body())
                .isEqualTo(group().complete().body());
    }
}
