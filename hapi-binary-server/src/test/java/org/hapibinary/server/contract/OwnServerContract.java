/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.assertOutcome;
import static org.hapibinary.server.client.Answers.headers;
import static org.hapibinary.server.client.ExportClient.DOWNLOAD;

import java.net.http.HttpResponse;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.StreamSupport;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.RawRequest;
import org.hapibinary.server.host.WithExportedGroup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What our own server is asked for beyond the plugin: rules and filters that other hosts have of their own, or not. */
public interface OwnServerContract extends WithExportedGroup {

    @Test
    default void theRestOfTheApiNeedsALoginAndTheCapabilityStatementDoesNot() {
        for (String url : List.of(
                "/Patient",
                "/Binary?_id=x",
                "/Binary/"
                        + group().patientsBinary()
                                .substring(group().patientsBinary().lastIndexOf('/') + 1) + "/_history/1")) {
            HttpResponse<String> response = group().nobody().get(url);

            assertOutcome(response, 401, "login");
            assertThat(headers(response, "WWW-Authenticate")).as(url).containsExactly("Bearer realm=\"fhir\"");
        }
        assertThat(group().nobody().get("/metadata").statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "PATCH", "DELETE"})
    default void aFormThatCannotBeDecodedIsNoFaultWhateverTheMethod(String method) {
        for (String url : List.of(
                "/Binary/no-such-file", "/Binary/no-such-file" + DOWNLOAD, "/$export-poll-status?_jobId=no-such-job")) {
            HttpResponse<String> response = group().owner()
                    .send(method, url, "_format=json&x=%zz", "Content-Type", "application/x-www-form-urlencoded");

            assertThat(response.statusCode()).as(url + ": " + response.body()).isBetween(400, 499);
            assertThat(response.body()).startsWith("{\"resourceType\":\"OperationOutcome\"");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/Binary/no-such-file", "/$export-poll-status?_jobId=no-such-job"})
    default void anAnswerThatComesBeforeTheBodySaysThatTheConnectionEnds(String url) {
        RawRequest.Answer answer = new RawRequest(
                        "DELETE", "/fhir" + url, List.of("Content-Length: 20", "Connection: keep-alive"), "")
                .by(group().owner())
                .sendTo(group().server().port());

        assertThat(answer.status()).isBetween(400, 499);
        assertThat(RawRequest.lines(answer)).contains("Connection: close");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/Fhir/Binary;a=%u002f/x", "/;%", "/actuator;%zz/health"})
    default void anUndecodablePathBesideTheApiIsNoFault(String path) {
        assertThat(RawRequest.get(path).sendTo(group().server().port()).status())
                .isEqualTo(400);
    }

    @Test
    default void aBinaryThatAClientForgesNeverBecomesAnExportFile() throws SQLException {
        long before = group().rows("HBP_EXPORT_FILE");
        ExportClient writer = group().owner("system/*.cruds");
        String forged = "{\"resourceType\":\"Binary\",\"id\":\"forged\",\"contentType\":\"application/fhir+ndjson\","
                + "\"securityContext\":{\"identifier\":{\"system\":\"urn:hapi-binary:export\",\"value\":\""
                + group().exportId() + "\"}},\"data\":\"e30K\"}";

        assertThat(writer.send("PUT", "/Binary/forged", forged, "Content-Type", "application/fhir+json")
                        .statusCode())
                .isEqualTo(201);

        assertThat(group().rows("HBP_EXPORT_FILE")).isEqualTo(before);
        assertOutcome(group().owner().get("/Binary/forged"), 404, "not-found");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/$export-poll-status", "/Binary/x/$binary-access-read", "/Group/example-group/$export"})
    default void aPageOfSearchResultsIsNotHadByThePathOfAnExport(String path) {
        ExportClient patientsOnly = group().owner("system/Patient.rs");
        String next = StreamSupport.stream(
                        ExportClient.json(group().owner()
                                        .get("/Observation?_count=5")
                                        .body())
                                .path("link")
                                .spliterator(),
                        false)
                .filter(link -> link.path("relation").asText().equals("next"))
                .map(link -> link.path("url").asText())
                .findFirst()
                .orElseThrow();
        String page = next.substring(next.indexOf('?'));

        assertThat(group().owner().get(next).body()).contains("\"resourceType\":\"Observation\"");
        assertThat(patientsOnly.get(next).statusCode()).isEqualTo(403);
        HttpResponse<String> response = patientsOnly.get(path + page);
        assertThat(response.statusCode()).as(response.body()).isBetween(400, 499);
        assertThat(response.body()).doesNotContain("\"resourceType\":\"Observation\"");
        assertThat(group().nobody().get(path + page).statusCode()).isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/%66hir", "/f%68ir", "/%66%68%69%72"})
    default void anEncodedPathOfTheServerIsNoFault(String base) {
        RawRequest.Answer answer = RawRequest.get(base + "/Binary/no-such-file")
                .by(group().owner())
                .sendTo(group().server().port());

        assertThat(answer.status()).as(answer.body()).isEqualTo(404);
        assertThat(answer.body()).startsWith("{\"resourceType\":\"OperationOutcome\"");
    }
}
