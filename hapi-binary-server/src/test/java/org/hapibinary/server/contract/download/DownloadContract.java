/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.assertOutcome;
import static org.hapibinary.server.client.Answers.headers;
import static org.hapibinary.server.client.Answers.ofRepresentation;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.hapibinary.server.host.WithExportedGroup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The native content: its headers, the ways to ask for it, and what becomes of faults. */
public interface DownloadContract extends WithExportedGroup {

    @Test
    default void aDownloadHasTheHeadersOfTheContract() {
        HttpResponse<byte[]> file = group().owner().getBytes(group().patientsUrl(), "X-Request-ID", "night-shift.1");

        assertThat(headers(file, "Content-Type")).containsExactly("application/fhir+ndjson");
        assertThat(headers(file, "Content-Disposition")).containsExactly("attachment; filename=\"Patient.ndjson\"");
        assertThat(headers(file, "ETag"))
                .containsExactly("\""
                        + group().patients().path("extension").path("sha256").asText() + "\"");
        assertThat(headers(file, "Last-Modified")).singleElement().asString().endsWith(" GMT");
        assertThat(headers(file, "Cache-Control")).containsExactly("private, no-store, no-transform");
        assertThat(headers(file, "X-Content-Type-Options")).containsExactly("nosniff");
        assertThat(headers(file, "X-Request-ID")).containsExactly("night-shift.1");
        assertThat(headers(file, "X-Accel-Buffering")).containsExactly("no");
        assertThat(headers(file, "Content-Encoding")).isEmpty();
    }

    @Test
    default void headAnswersTheHeadersOfGetAndNoBody() {
        HttpResponse<byte[]> get = group().owner().getBytes(group().patientsUrl(), "X-Request-ID", "same");
        HttpResponse<String> head = group().owner().send("HEAD", group().patientsUrl(), "", "X-Request-ID", "same");

        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(ofRepresentation(head)).isEqualTo(ofRepresentation(get));
    }

    @Test
    default void theOperationTakesItsPathParameterAndPostAsHapisOwnDoes() {
        assertThat(group().owner().get(group().patientsUrl() + "?path=Binary").statusCode())
                .isEqualTo(200);
        assertThat(group().owner()
                        .get(group().patientsUrl() + "?path=Binary.data")
                        .statusCode())
                .isEqualTo(200);
        assertThat(group().owner().send("POST", group().patientsUrl(), "").body())
                .isEqualTo(group().owner().get(group().patientsUrl()).body());
        assertThat(group().owner()
                        .get(group().patientsUrl() + "?path=Patient.photo")
                        .statusCode())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PUT", "DELETE", "PATCH"})
    default void otherMethodsAreNotAllowedOnTheOperation(String method) {
        HttpResponse<String> response = group().owner().send(method, group().patientsUrl(), "");

        assertOutcome(response, 405, "not-supported");
        assertThat(headers(response, "Allow")).containsExactly("GET, HEAD, POST");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"application/fhir+ndjson", "application/octet-stream", "application/json;q=0.1, text/plain"})
    default void aReadThatPrefersAnotherTypeGetsTheContentJustAsTheOperationSendsIt(String accept) {
        HttpResponse<String> read =
                group().owner().get(group().patientsBinary(), "Accept", accept, "X-Request-ID", "same");
        HttpResponse<String> operation = group().owner().get(group().patientsUrl(), "X-Request-ID", "same");

        assertThat(read.body()).isEqualTo(operation.body());
        Map<String, List<String>> ofRead = ofRepresentation(read);
        Map<String, List<String>> ofOperation = ofRepresentation(operation);
        assertThat(ofRead.remove("vary")).contains("Accept, Accept-Encoding"); // and where there is CORS, more lines
        assertThat(ofOperation.remove("vary")).contains("Accept-Encoding");
        assertThat(ofRead).isEqualTo(ofOperation);
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/fhir+json", "application/fhir+xml", "text/html", "*/*"})
    default void noAcceptTurnsADownloadIntoAResource(String accept) {
        HttpResponse<String> response = group().owner().get(group().patientsUrl(), "Accept", accept);

        assertThat(headers(response, "Content-Type")).containsExactly("application/fhir+ndjson");
        assertThat(response.body().lines()).hasSize(12);
    }
}
