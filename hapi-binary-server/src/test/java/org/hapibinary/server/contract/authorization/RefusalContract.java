/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.authorization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.assertOutcome;
import static org.hapibinary.server.client.Answers.headers;
import static org.hapibinary.server.client.ExportClient.DOWNLOAD;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import org.hapibinary.server.client.RawRequest;
import org.hapibinary.server.host.WithExportedGroup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who does not get what, and by which doors. */
public interface RefusalContract extends WithExportedGroup {

    @Test
    default void whatNeverWasIsNotFoundWhateverTheClientAccepts() {
        assertOutcome(group().owner().get("/Binary/no-such-file"), 404, "not-found");
        assertOutcome(
                group().owner().get("/Binary/no-such-file", "Accept", "application/fhir+ndjson"), 404, "not-found");
        assertOutcome(group().owner().get("/Binary/no-such-file/$binary-access-read"), 404, "not-found");
        assertOutcome(group().owner().status("no-such-job"), 404, "not-found");
        assertOutcome(group().owner().get("/$export-poll-status"), 400, "required");
        assertOutcome(group().owner().get("/Patient/x/$export-poll-status"), 404, "not-found");
    }

    /** RFC 9110, section 6.6.1. */
    @ParameterizedTest
    @CsvSource({
        "GET, /metadata, 200",
        "GET, /Binary/no-such-file, 404",
        "GET, /Binary/no-such-file/$binary-access-read, 404",
        "GET, /$export-poll-status, 400",
        "GET, /$export?_type=NoType, 400",
        "GET, FILE, 200",
        "HEAD, FILE, 200",
        "HEAD, /Binary/no-such-file, 404"
    })
    default void anAnswerHasOneDate(String method, String path, int status) {
        String target = path.equals("FILE")
                ? group().patientsBinary().substring(group().owner().base().length()) + DOWNLOAD
                : path;

        RawRequest.Answer answer = new RawRequest(method, "/fhir" + target, List.of("Prefer: respond-async"), "")
                .by(group().owner())
                .sendTo(group().server().port());

        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(RawRequest.lines(answer))
                .filteredOn(line -> line.toLowerCase(Locale.ROOT).startsWith("date:"))
                .hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"application/fhir+xml", "application/xml", "application/fhir+xml, application/fhir+json;q=0.5"})
    default void anErrorIsXmlForAClientThatPrefersXml(String accept) {
        HttpResponse<String> response = group().owner().get("/Binary/no-such-file", "Accept", accept);

        assertThat(headers(response, "Content-Type")).containsExactly("application/fhir+xml;charset=utf-8");
        assertThat(response.body()).startsWith("<OperationOutcome xmlns=\"http://hl7.org/fhir\">");
    }

    @Test
    default void anAcceptThatCannotBeReadIsNoFault() {
        for (String url : List.of("/Binary/no-such-file", "/$export-poll-status?_jobId=no-such-job")) {
            assertOutcome(group().owner().get(url, "Accept", "\", */*"), 404, "not-found");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/$export-poll-status/x/_history/1",
                "/_history/Binary/_history/1",
                "/_histor%79/Binary/_histor%79/1"
            })
    default void aVersionWithoutATypeIsNoFault(String path) {
        assertOutcome(group().owner().get(path), 400, "invalid");
        assertOutcome(group().nobody().get(path), 400, "invalid");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", DOWNLOAD})
    default void aFileIsNotServedInABatch(String operation) {
        String id = group().patientsBinary().substring(group().owner().base().length() + 1);
        String batch = "{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":["
                + "{\"request\":{\"method\":\"GET\",\"url\":\"" + id + operation + "\"}}]}";

        HttpResponse<String> response =
                group().owner().send("POST", "", batch, "Content-Type", "application/fhir+json");

        assertThat(response.body())
                .contains("OperationOutcome")
                .doesNotContain("application/fhir+ndjson", "\"resourceType\":\"Patient\"", "200 OK");
    }
}
