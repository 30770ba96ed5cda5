/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.headers;
import static org.hapibinary.server.client.ExportClient.DOWNLOAD;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.List;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.WithExportedGroup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The Binary without its content. */
public interface MetadataContract extends WithExportedGroup {

    @Test
    default void metadataAsJsonHasNoDataAndNamesTheGroup() {
        HttpResponse<String> response = group().owner().get(group().patientsBinary());
        JsonNode binary = ExportClient.json(response.body());

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(headers(response, "Content-Type")).containsExactly("application/fhir+json;charset=utf-8");
        assertThat(headers(response, "ETag")).containsExactly("W/\"1\"");
        assertThat(headers(response, "Vary")).contains("Accept, Accept-Encoding");
        assertThat(binary.fieldNames())
                .toIterable()
                .containsExactly("resourceType", "id", "meta", "contentType", "securityContext");
        assertThat(binary.path("resourceType").asText()).isEqualTo("Binary");
        assertThat(binary.path("meta").fieldNames()).toIterable().containsExactly("versionId", "lastUpdated");
        assertThat(binary.path("contentType").asText()).isEqualTo("application/fhir+ndjson");
        assertThat(binary.path("securityContext").toString()).isEqualTo("{\"reference\":\"Group/example-group\"}");
    }

    @Test
    default void metadataAsXmlHasNoDataAndNamesTheGroup() {
        HttpResponse<String> byAccept = group().owner().get(group().patientsBinary(), "Accept", "application/fhir+xml");
        HttpResponse<String> byPlainType = group().owner().get(group().patientsBinary(), "Accept", "application/xml");
        HttpResponse<String> byFormat =
                group().owner().get(group().patientsBinary() + "?_format=xml", "Accept", "application/fhir+ndjson");

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
    default void anyOtherFormatIsMetadataInJson(String format) {
        HttpResponse<String> response =
                group().owner().get(group().patientsBinary() + "?_format=" + format.replace("+", "%2B"));

        assertThat(headers(response, "Content-Type")).containsExactly("application/fhir+json;charset=utf-8");
        assertThat(response.body()).startsWith("{\"resourceType\":\"Binary\"");
    }

    @Test
    default void aParameterThatNobodyKnowsChangesNothing() {
        assertThat(group().owner().get(group().patientsBinary() + "?token=x").body())
                .isEqualTo(group().owner().get(group().patientsBinary()).body());
        assertThat(group().owner().get(group().patientsUrl() + "?token=x").body())
                .isEqualTo(group().owner().get(group().patientsUrl()).body());
    }

    @Test
    default void metadataIsNotSentAgainToAClientThatHasIt() {
        HttpResponse<String> first = group().owner().get(group().patientsBinary());
        HttpResponse<String> byTag = group().owner().get(group().patientsBinary(), "If-None-Match", "W/\"1\"");
        HttpResponse<String> byDate = group().owner()
                .get(
                        group().patientsBinary(),
                        "If-Modified-Since",
                        first.headers().firstValue("Last-Modified").orElseThrow());

        assertThat(List.of(byTag, byDate)).allSatisfy(response -> {
            assertThat(response.statusCode()).isEqualTo(304);
            assertThat(response.body()).isEmpty();
            assertThat(headers(response, "ETag")).isEqualTo(headers(first, "ETag"));
            assertThat(headers(response, "Last-Modified")).isEqualTo(headers(first, "Last-Modified"));
        });
    }

    @Test
    default void metadataCanBeSummarizedAndSelected() {
        assertThat(ExportClient.json(group().owner()
                                .get(group().patientsBinary() + "?_elements=contentType")
                                .body())
                        .path("contentType")
                        .asText())
                .isEqualTo("application/fhir+ndjson");
        assertThat(group().owner()
                        .get(group().patientsBinary() + "?_summary=true")
                        .statusCode())
                .isEqualTo(200);
        assertThat(group().owner()
                        .get(group().patientsBinary() + "?_pretty=true")
                        .body())
                .contains("{\n  \"resourceType\": \"Binary\"");
        assertThat(group().owner().send("HEAD", group().patientsBinary(), "").statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "/Patient/7afd54f9-1cd0-7a16-96cf-b1e8f363b04b/$export,Patient/7afd54f9-1cd0-7a16-96cf-b1e8f363b04b,1",
        "/Patient/$export,,12",
        "/$export,,12"
    })
    default void theSecurityContextIsWhatWasExported(String kickOff, String securityContext, int patients) {
        JsonNode complete = ExportClient.json(group().owner()
                .awaitEnd(group().owner().startExport(kickOff + "?_type=Patient"))
                .body());
        String url = complete.path("output").path(0).path("url").asText();
        JsonNode binary = ExportClient.json(group().owner()
                .get(url.substring(0, url.length() - DOWNLOAD.length()))
                .body());

        assertThat(complete.path("output").path(0).path("count").intValue()).isEqualTo(patients);
        assertThat(binary.path("securityContext").path("reference").asText(null))
                .isEqualTo(securityContext);
        assertThat(binary.has("securityContext")).isEqualTo(securityContext != null);
    }
}
