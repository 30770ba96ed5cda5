/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.assertOutcome;
import static org.hapibinary.server.client.Answers.headers;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.sql.SQLException;
import java.util.List;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.WithExportedGroup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Starting, watching and deleting an export. */
public interface KickOffContract extends WithExportedGroup {

    @Test
    default void aKickOffThatIsNotRightIsRefusedAndLeavesNoRow() throws SQLException {
        long before = group().rows("HBP_EXPORT");

        assertOutcome(group().owner().kickOff("/Group/no-such-group/$export"), 404, "not-found");
        assertOutcome(group().owner().get("/Group/example-group/$export"), 400, "invalid");
        assertOutcome(group().owner().kickOff("/Group/example-group/$export?_outputFormat=text/csv"), 400, "invalid");
        assertOutcome(group().owner().kickOff("/Group/example-group/$export?_type=NoSuchType"), 400, "invalid");
        assertOutcome(group().owner().kickOff("/Group/example-group/$export?_since=yesterday"), 400, "invalid");
        assertThat(group().rows("HBP_EXPORT")).isEqualTo(before);
    }

    @Test
    default void aKickOffByPostTakesItsParametersFromTheBody() {
        String body = "{\"resourceType\":\"Parameters\",\"parameter\":["
                + "{\"name\":\"_type\",\"valueString\":\"Patient\"}]}";
        ExportClient observationsOnly = group().owner("system/Observation.rs");

        HttpResponse<String> response = group().owner().kickOffByPost("/Group/example-group/$export", body);

        assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
        String location = response.headers().firstValue("Content-Location").orElseThrow();
        JsonNode complete = ExportClient.json(group().owner()
                .awaitEnd(location.substring(location.indexOf('=') + 1))
                .body());
        assertThat(complete.path("output").findValuesAsText("type")).containsExactly("Patient");
        assertOutcome(observationsOnly.kickOffByPost("/Group/example-group/$export", body), 403, "forbidden");
    }

    @ParameterizedTest
    @ValueSource(strings = {"organizeOutputBy=Patient", "includeAssociatedData=LatestProvenanceResources", "_typo=1"})
    default void aParameterThatIsNotSupportedIsRefusedUnlessTheClientIsLenient(String parameter) throws SQLException {
        long before = group().rows("HBP_EXPORT");
        String path = "/Group/example-group/$export?_type=Patient&" + parameter;

        assertOutcome(group().owner().kickOff(path), 400, "invalid");
        assertThat(group().rows("HBP_EXPORT")).isEqualTo(before);

        HttpResponse<String> lenient = group().owner().get(path, "Prefer", "respond-async, handling=lenient");
        assertThat(lenient.statusCode()).as(lenient.body()).isEqualTo(202);
        String location = lenient.headers().firstValue("Content-Location").orElseThrow();
        JsonNode manifest = ExportClient.json(group().owner()
                .awaitEnd(location.substring(location.indexOf('=') + 1))
                .body());
        assertThat(manifest.path("error").findValuesAsText("type")).containsExactly("OperationOutcome");
        assertThat(group().owner()
                        .get(manifest.path("error").path(0).path("url").asText())
                        .body())
                .contains(
                        "\"severity\":\"warning\"",
                        "\"code\":\"not-supported\"",
                        parameter.split("=", -1)[0]);
    }

    @Test
    default void aRunningExportSaysHowFarItIsAndWhenToComeBack() {
        HttpResponse<String> status =
                group().owner().status(group().owner().startExport("/Group/example-group/$export?_type=Patient"));

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

    /** RFC 7240 §2. */
    @Test
    default void preferencesMayBeInSeveralLines() {
        HttpResponse<String> response = group().owner()
                .get(
                        "/Group/example-group/$export?_type=Patient&_typo=1",
                        "Prefer",
                        "handling=lenient",
                        "Prefer",
                        "respond-async");

        assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/$export-poll-status?_jobId=", "/$export-poll-status?_id=", "/$export-poll-status/"})
    default void aHeadOfTheStatusHasTheHeadersOfItsGet(String path) {
        HttpResponse<String> get = group().owner().get(path + group().jobId());

        HttpResponse<String> head = group().owner().send("HEAD", path + group().jobId(), "");

        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        for (String name : List.of("Content-Type", "Expires", "Cache-Control")) {
            assertThat(headers(head, name)).as(name).isEqualTo(headers(get, name));
        }
        assertThat(group().stranger().send("HEAD", path + group().jobId(), "").statusCode())
                .isEqualTo(403);
        assertThat(group().nobody().send("HEAD", path + group().jobId(), "").statusCode())
                .isEqualTo(401);
        assertThat(group().owner().send("HEAD", path + "no-such-job", "").statusCode())
                .isEqualTo(404);
    }

    @Test
    default void aDeletedExportAndItsFilesAreNotFound() {
        String deleted = group().owner().startExport("/Group/example-group/$export?_type=Patient");
        String url = ExportClient.json(group().owner().awaitEnd(deleted).body())
                .path("output")
                .path(0)
                .path("url")
                .asText();

        HttpResponse<String> response = group().owner().send("DELETE", "/$export-poll-status/" + deleted, "");

        assertThat(response.statusCode()).isEqualTo(202);
        assertOutcome(group().owner().status(deleted), 404, "not-found");
        assertOutcome(group().owner().get(url), 404, "not-found");
        assertOutcome(group().owner().send("DELETE", "/$export-poll-status/" + deleted, ""), 404, "not-found");
    }
}
