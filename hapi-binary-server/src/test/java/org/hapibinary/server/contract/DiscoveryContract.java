/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.headers;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.ExportedGroup;
import org.hapibinary.server.host.WithExportedGroup;
import org.junit.jupiter.api.Test;

/** What a server says of itself to anybody who asks, without a token. */
public interface DiscoveryContract extends WithExportedGroup {

    /** HAPI names the operations of the guide by the guide's own definitions. */
    String BULK_DATA = "http://hl7.org/fhir/uv/bulkdata/";

    private JsonNode statement() {
        HttpResponse<String> response = group().nobody().get("/metadata");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return ExportClient.json(response.body());
    }

    private static JsonNode server(JsonNode statement) {
        return statement.path("rest").path(0);
    }

    private static JsonNode resource(JsonNode statement, String type) {
        return StreamSupport.stream(server(statement).path("resource").spliterator(), false)
                .filter(resource -> resource.path("type").asText().equals(type))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> operations(JsonNode resourceOrServer) {
        return resourceOrServer.path("operation").findValuesAsText("name");
    }

    @Test
    default void theCapabilityStatementHasTheExportsAndTheReadOfTheirFiles() {
        JsonNode statement = statement();
        JsonNode binary = resource(statement, "Binary");

        assertThat(binary.path("interaction").findValuesAsText("code")).contains("read");
        assertThat(operations(binary)).containsOnlyOnce("binary-access-read").doesNotContain("export-poll-status");
        assertThat(binary.path("supportedProfile").toString()).isEqualTo("[\"" + ExportedGroup.PROFILE + "\"]");
        assertThat(operations(resource(statement, "Group"))).containsOnlyOnce("export");
        assertThat(operations(resource(statement, "Patient")))
                .containsOnlyOnce("export")
                .doesNotContain("export-poll-status");
        assertThat(operations(server(statement))).containsOnlyOnce("export").containsOnlyOnce("export-poll-status");
        assertThat(statement.path("instantiates").toString())
                .isEqualTo("[\"http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data\"]");
        assertThat(statement.path("format").toString())
                .contains("\"application/fhir+json\"", "\"application/fhir+xml\"");
    }

    @Test
    default void theCapabilityStatementSaysWhereTokensAreHad() {
        JsonNode security = server(statement()).path("security");
        JsonNode endpoints = security.path("extension").path(0);

        assertThat(security.path("service").findValuesAsText("code")).containsExactly("SMART-on-FHIR");
        assertThat(endpoints.path("url").asText())
                .isEqualTo("http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris");
        assertThat(endpoints.path("extension").path(0).path("url").asText()).isEqualTo("token");
        assertThat(endpoints.path("extension").path(0).path("valueUri").asText())
                .startsWith(group().server().ownersIssuer())
                .endsWith("/token");
    }

    @Test
    default void anybodyMayReadWhatTheOperationsAre() {
        JsonNode statement = statement();
        for (String url : definitions(statement)) {
            HttpResponse<String> response = group().nobody().get(url);
            JsonNode definition = ExportClient.json(response.body());

            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
            assertThat(definition.path("url").asText()).isEqualTo(url);
            assertThat(definition.path("title").asText()).as(url).isNotBlank();
            assertThat(definition.path("description").asText()).as(url).isNotBlank();
            if (!url.endsWith("-export")) {
                assertThat(definition.path("parameter")).isNotEmpty().allSatisfy(parameter -> assertThat(
                                parameter.path("documentation").asText())
                        .as(url)
                        .isNotBlank());
            }
        }
    }

    /** On this server. */
    static List<String> definitions(JsonNode statement) {
        Set<String> urls = new LinkedHashSet<>();
        for (JsonNode holder :
                List.of(server(statement), resource(statement, "Binary"), resource(statement, "Group"))) {
            for (JsonNode operation : holder.path("operation")) {
                if (List.of("binary-access-read", "export", "export-poll-status")
                        .contains(operation.path("name").asText())) {
                    urls.add(operation.path("definition").asText());
                }
            }
        }
        assertThat(urls)
                .allMatch(url -> url.startsWith("http"))
                .anyMatch(url -> url.endsWith("binary-access-read"))
                .anyMatch(url -> url.endsWith("export-poll-status"))
                .anyMatch(url -> url.endsWith("export"));
        return urls.stream().filter(url -> !url.startsWith(BULK_DATA)).toList();
    }

    @Test
    default void theSmartConfigurationIsThereForAnybody() {
        HttpResponse<String> response = group().nobody().get("/.well-known/smart-configuration");
        JsonNode smart = ExportClient.json(response.body());

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(headers(response, "Content-Type")).containsExactly("application/json");
        assertThat(smart.path("token_endpoint").asText())
                .startsWith(group().server().ownersIssuer())
                .endsWith("/token");
        assertThat(smart.path("grant_types_supported").toString()).contains("\"client_credentials\"");
        assertThat(smart.path("token_endpoint_auth_methods_supported").toString())
                .contains("\"private_key_jwt\"");
        assertThat(smart.path("token_endpoint_auth_signing_alg_values_supported")
                        .toString())
                .contains("\"RS384\"");
        assertThat(smart.path("scopes_supported")).isNotEmpty();
        assertThat(smart.path("capabilities").toString())
                .contains("\"client-confidential-asymmetric\"", "\"permission-v1\"", "\"permission-v2\"");
        assertThat(smart.has("issuer")).isFalse();
    }
}
