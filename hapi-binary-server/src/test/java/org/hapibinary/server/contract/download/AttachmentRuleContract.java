/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.assertOutcome;
import static org.hapibinary.server.client.Answers.headers;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.SmallExport;
import org.junit.jupiter.api.Test;

/**
 * What {@code hapi.binary.attachments} makes of documents that resources refer to, on servers that have something else
 * than the default, which {@link AttachmentContract} are about.
 */
public interface AttachmentRuleContract {

    /** A client of the server, with a fresh token. */
    ExportClient clientOf(String id, String scope) throws Exception;

    /** A Patient with documents: of another patient, of nobody, one that is not there, and one of another server. */
    default void loadRecord() throws Exception {
        put("Patient/other", "'active':true");
        putBinary("of-other", "'securityContext':{'reference':'Patient/other'},", "of another patient");
        putBinary("of-nobody", "", "of nobody");
        put("Patient/me", "'active':true");
        putBinary("of-me", "'securityContext':{'reference':'Patient/me'},", "of me");
        put(
                "Patient/me",
                "'photo':[{'contentType':'text/plain','url':'Binary/of-other'},{'url':'"
                        + clientOf("writer", "system/*.*").base()
                        + "/Binary/of-nobody'},{'url':'Binary/of-me/_history/1'},{'url':'Binary/not-there'},"
                        + "{'url':'https://elsewhere.example.org/Binary/of-other'},{'data':'aW5saW5l'}]");
    }

    private void put(String id, String rest) throws Exception {
        clientOf("writer", "system/*.*").put(id, rest);
    }

    private void putBinary(String id, String context, String text) throws Exception {
        put(
                "Binary/" + id,
                context + "'contentType':'text/plain','data':'"
                        + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)) + "'");
    }

    /** Of each photo of the exported Patient its URL, or what stands instead. */
    static List<String> photos(ExportClient client, SmallExport export) {
        List<String> photos = new ArrayList<>();
        JsonNode patient =
                ExportClient.json(client.get(export.contentUrl("Patient")).body());
        for (JsonNode photo : patient.path("photo")) {
            JsonNode absent = photo.path("_url").path("extension").path(0);
            if (absent.isMissingNode()) {
                photos.add((photo.path("url").asText() + photo.path("data").asText()).replace(client.base() + "/", ""));
            } else {
                assertThat(photo.has("url")).isFalse();
                assertThat(absent.path("url").asText())
                        .isEqualTo("http://hl7.org/fhir/StructureDefinition/data-absent-reason");
                photos.add(absent.path("valueCode").asText());
            }
        }
        return photos;
    }

    /** The code and the text of each issue in the error file. */
    static List<String> issues(ExportClient client, SmallExport export) {
        JsonNode error = ExportClient.json(export.manifest()).path("error").path(0);
        return client.get(error.path("url").asText())
                .body()
                .lines()
                .map(line -> ExportClient.json(line).path("issue").path(0))
                .map(issue -> issue.path("code").asText() + ": "
                        + issue.path("diagnostics").asText())
                .toList();
    }

    static void assertNotFound(ExportClient client, String binaryId) {
        for (String door : List.of("", "/$binary-access-read")) {
            for (String accept : List.of("*/*", "text/plain", "application/fhir+json")) {
                assertOutcome(client.get("/Binary/" + binaryId + door, "Accept", accept), 404, "not-found");
            }
            assertThat(client.send("HEAD", "/Binary/" + binaryId + door, "").statusCode())
                    .isEqualTo(404);
        }
    }

    /** {@code referenced}. */
    interface Referenced extends AttachmentRuleContract {

        @Test
        default void whateverIsReferredToIsToBeHadByTheOwnerOfTheExportAndByNobodyElse() throws Exception {
            loadRecord();
            ExportClient client = clientOf("referring", "system/Patient.rs");
            assertNotFound(client, "of-other");

            SmallExport export = SmallExport.by(client, "/Patient/me/$export?_type=Patient");

            assertThat(photos(client, export))
                    .containsExactly(
                            "Binary/of-other/$binary-access-read",
                            "Binary/of-nobody/$binary-access-read",
                            "Binary/of-me/$binary-access-read",
                            "unknown",
                            "https://elsewhere.example.org/Binary/of-other",
                            "aW5saW5l");
            assertThat(issues(client, export))
                    .containsExactly("not-found: Patient/me: its attachment Binary/not-there does not exist.");
            HttpResponse<String> content = client.get("/Binary/of-other/$binary-access-read");
            assertThat(content.statusCode()).isEqualTo(200);
            assertThat(content.body()).isEqualTo("of another patient");
            assertThat(headers(content, "Content-Type")).containsExactly("text/plain");
            assertThat(client.get("/Binary/of-nobody", "Accept", "text/plain").body())
                    .isEqualTo("of nobody");
            HttpResponse<String> metadata = client.get("/Binary/of-nobody", "Accept", "application/fhir+json");
            assertThat(ExportClient.json(metadata.body()).path("contentType").asText())
                    .isEqualTo("text/plain");
            assertThat(metadata.body()).doesNotContain("\"data\"");
            assertOutcome(
                    clientOf("referring", "system/Observation.rs").get("/Binary/of-other/$binary-access-read"),
                    403,
                    "forbidden");
            for (String id : List.of("of-other", "of-nobody", "of-me")) {
                assertNotFound(clientOf("another", "system/*.*"), id);
            }
            assertNotFound(client, "not-there");
        }
    }

    /** {@code none}. */
    interface None extends AttachmentRuleContract {

        @Test
        default void noDocumentOfTheRecordIsToBeHadFromAnExportWhateverTheTokenCovers() throws Exception {
            loadRecord();
            ExportClient client = clientOf("referring", "system/*.*");

            SmallExport export = SmallExport.by(client, "/Patient/me/$export?_type=Patient");

            assertThat(photos(client, export))
                    .containsExactly(
                            "not-permitted",
                            "not-permitted",
                            "not-permitted",
                            "not-permitted",
                            "https://elsewhere.example.org/Binary/of-other",
                            "aW5saW5l");
            assertThat(issues(client, export))
                    .containsExactlyInAnyOrder(
                            refusalOf("of-other"), refusalOf("of-nobody"), refusalOf("of-me"), refusalOf("not-there"));
            for (String id : List.of("of-other", "of-nobody", "of-me", "not-there")) {
                assertNotFound(client, id);
                assertNotFound(clientOf("another", "system/*.*"), id);
            }
        }

        private static String refusalOf(String binaryId) {
            return "forbidden: Patient/me: its attachment Binary/" + binaryId
                    + " may not be had from this export, or does not exist.";
        }
    }
}
