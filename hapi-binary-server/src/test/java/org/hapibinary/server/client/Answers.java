/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What answers are looked at for. */
public final class Answers {

    private Answers() {}

    /** The name of a charset in lower case, which is up to the container. */
    public static List<String> headers(HttpResponse<?> response, String name) {
        return response.headers().allValues(name).stream()
                .map(value -> value.replace("charset=UTF-8", "charset=utf-8"))
                .toList();
    }

    /** Those that are of the representation, and not of the moment or of the connection (RFC 9110 §6.6.1, §7.6.1). */
    public static Map<String, List<String>> ofRepresentation(HttpResponse<?> response) {
        Map<String, List<String>> headers = new TreeMap<>(response.headers().map());
        headers.remove("date");
        headers.remove("connection");
        return headers;
    }

    public static void assertOutcome(HttpResponse<String> response, int status, String code) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(headers(response, "Content-Type")).containsExactly("application/fhir+json;charset=utf-8");
        JsonNode outcome = ExportClient.json(response.body());
        assertThat(outcome.path("resourceType").asText()).isEqualTo("OperationOutcome");
        assertThat(outcome.path("issue").path(0).path("code").asText()).isEqualTo(code);
        assertThat(outcome.path("issue").path(0).path("diagnostics").asText())
                .isNotBlank()
                .doesNotContain("Exception", "org.hapibinary", "ca.uhn", "HAPI-");
    }
}
