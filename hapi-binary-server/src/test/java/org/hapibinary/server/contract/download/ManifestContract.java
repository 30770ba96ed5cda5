/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.download;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.context.FhirContext;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
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
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.WithExportedGroup;
import org.hapibinary.server.world.DemoResources;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The status of a complete export and what its manifest says. */
public interface ManifestContract extends WithExportedGroup {

    @ParameterizedTest
    @ValueSource(strings = {"/$export-poll-status/", "/$export-poll-status?_jobId=", "/$export-poll-status?_id="})
    default void theStatusAnswersInEachOfItsUrlForms(String form) {
        HttpResponse<String> status = group().owner().get(form + group().jobId());

        assertThat(status.statusCode()).isEqualTo(200);
        assertThat(status.headers().allValues("Content-Type")).containsExactly("application/json");
        assertThat(ExportClient.json(status.body())).isEqualTo(group().manifest());
    }

    @Test
    default void theManifestHasTheFieldsOfTheBulkDataGuide() {
        assertThat(group().manifest().fieldNames())
                .toIterable()
                .containsExactly("transactionTime", "request", "requiresAccessToken", "output", "error");
        assertThat(Instant.parse(group().manifest().path("transactionTime").asText()))
                .isBetween(Instant.now().minus(Duration.ofMinutes(10)), Instant.now());
        assertThat(group().manifest().path("request").asText())
                .isEqualTo(group().owner().base() + "/Group/example-group/$export");
        assertThat(group().manifest().path("requiresAccessToken").isBoolean()).isTrue();
        assertThat(group().manifest().path("requiresAccessToken").booleanValue())
                .isTrue();
        assertThat(group().manifest().path("error").isArray()).isTrue();
        assertThat(group().manifest().path("error")).hasSize(1);
        assertThat(group().output()).allSatisfy(item -> {
            assertThat(item.fieldNames()).toIterable().containsExactly("type", "url", "count", "fileSize", "extension");
            assertThat(item.path("url").asText())
                    .matches("\\Q" + group().owner().base() + "\\E/Binary/[A-Za-z0-9]{32}/\\$binary-access-read");
            assertThat(item.path("count").longValue()).isPositive();
            assertThat(item.path("fileSize").longValue())
                    .isEqualTo(item.path("extension").path("contentLength").longValue());
            assertThat(item.path("extension").fieldNames()).toIterable().containsExactly("contentLength", "sha256");
        });
    }

    @Test
    default void theManifestExpiresADayAfterTheExport() {
        String expires = group().complete().headers().firstValue("Expires").orElseThrow();

        assertThat(expires).matches("[A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT");
        assertThat(ZonedDateTime.parse(expires, DateTimeFormatter.RFC_1123_DATE_TIME)
                        .toInstant())
                .isBetween(
                        Instant.now().plus(Duration.ofHours(23)), Instant.now().plus(Duration.ofHours(24)));
    }

    @Test
    default void everyFileIsWhatTheManifestSaysAndTogetherTheyAreWhatWasLoaded() throws Exception {
        FhirContext fhirContext = group().server().contentVersion();
        Map<String, Map<String, String>> exported = new TreeMap<>();
        Set<String> names = new HashSet<>();
        for (JsonNode item : group().output()) {
            String type = item.path("type").asText();
            HttpResponse<byte[]> file =
                    group().owner().getBytes(item.path("url").asText());
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
            exported.computeIfAbsent(type, any -> new TreeMap<>())
                    .putAll(DemoResources.byId(fhirContext, text.lines()));
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
        exported.forEach((type, resources) -> assertThat(resources)
                .as(type)
                .isEqualTo(DemoResources.exported(
                        fhirContext, type, group().owner().base())));
    }

    @Test
    default void filesOfATypeAreNumberedFromTheSecondOn() {
        List<String> names = group().output().stream()
                .filter(item -> item.path("type").asText().equals("Observation"))
                .map(item -> group().owner().getBytes(item.path("url").asText()))
                .map(file -> file.headers().firstValue("Content-Disposition").orElseThrow())
                .toList();

        assertThat(names)
                .hasSizeGreaterThan(1)
                .startsWith(
                        "attachment; filename=\"Observation.ndjson\"", "attachment; filename=\"Observation-2.ndjson\"");
    }
}
