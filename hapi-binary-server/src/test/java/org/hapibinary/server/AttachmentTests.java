/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.Answers.assertOutcome;
import static org.hapibinary.server.Answers.headers;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The documents that exported resources refer to, which the server keeps in Binaries of its own. */
interface AttachmentTests extends WithExportedGroup {

    private List<JsonNode> attachments() {
        List<JsonNode> attachments = new ArrayList<>();
        for (JsonNode item : group().output()) {
            if (item.path("type").asText().equals("DocumentReference")) {
                group().owner()
                        .get(item.path("url").asText())
                        .body()
                        .lines()
                        .flatMap(line -> ExportClient.json(line).findValues("attachment").stream())
                        .filter(attachment -> attachment.has("url"))
                        .forEach(attachments::add);
            }
        }
        return attachments;
    }

    private String urlOf(String binaryId) {
        return group().owner().base() + "/Binary/" + binaryId + "/$binary-access-read";
    }

    @Test
    default void everyAttachmentIsToBeHadByItsOwnUrlAsItWasStored() {
        Map<String, String> stored = DemoResources.loaded("Binary");
        Set<String> types = new HashSet<>();
        Set<String> downloaded = new HashSet<>();
        for (JsonNode attachment : attachments()) {
            String url = attachment.path("url").asText();
            assertThat(url).startsWith(group().owner().base() + "/Binary/").endsWith("/$binary-access-read");
            String binaryId = ExportedGroup.binaryOf(url);
            if (stored.containsKey(binaryId)) {
                HttpResponse<byte[]> content = group().owner().getBytes(url);
                assertThat(content.statusCode()).as(url).isEqualTo(200);
                assertThat(content.body()).isEqualTo(DemoResources.contentOf(stored.get(binaryId)));
                assertThat(headers(content, "Content-Type"))
                        .containsExactly(attachment.path("contentType").asText());
                types.add(attachment.path("contentType").asText());
                downloaded.add(binaryId);
            }
        }
        assertThat(types).containsExactlyInAnyOrder("text/plain", "application/pdf", "image/png");
        assertThat(downloaded).isEqualTo(stored.keySet());
    }

    @Test
    default void anAttachmentKeepsItsTitle() {
        for (JsonNode attachment : attachments()) {
            if (attachment.path("title").asText().equals("Arztbrief Müller.pdf")) {
                HttpResponse<byte[]> content =
                        group().owner().getBytes(attachment.path("url").asText());
                assertThat(headers(content, "Content-Disposition"))
                        .singleElement()
                        .asString()
                        .contains("filename*=UTF-8''Arztbrief%20M%C3%BCller.pdf");
                return;
            }
        }
        throw new AssertionError("The demo has a letter with an umlaut in its name");
    }

    @Test
    default void anAttachmentIsSentLikeAnyFile() {
        String path = "/fhir/Binary/example-group-doc-5/$binary-access-read";
        byte[] content = DemoResources.content("example-group-doc-5");

        RawRequest.Answer part = RawRequest.get(path)
                .by(group().owner())
                .with("Range: bytes=1-3")
                .sendTo(group().server().port());
        HttpResponse<byte[]> whole = group().owner().getBytes(urlOf("example-group-doc-5"));

        assertThat(part.status()).isEqualTo(206);
        assertThat(RawRequest.lines(part)).contains("Content-Range: bytes 1-3/" + content.length);
        assertThat(part.body()).isEqualTo("PNG");
        String tag = whole.headers().firstValue("ETag").orElseThrow();
        assertThat(group().owner()
                        .getBytes(urlOf("example-group-doc-5"), "If-None-Match", tag)
                        .statusCode())
                .isEqualTo(304);
        assertThat(headers(whole, "Accept-Ranges")).containsExactly("bytes");
        assertThat(headers(whole, "X-Content-Type-Options")).containsExactly("nosniff");
        assertThat(headers(whole, "Content-Disposition")).containsExactly("attachment; filename=\"scan.png\"");
    }

    @Test
    default void aReadOfAnAttachmentIsNegotiatedLikeThatOfAnyFile() {
        String url = "/Binary/example-group-doc-1";

        HttpResponse<String> metadata = group().owner().get(url);
        assertThat(metadata.statusCode()).as(metadata.body()).isEqualTo(200);
        assertThat(ExportClient.json(metadata.body()).path("contentType").asText())
                .isEqualTo("application/pdf");
        assertThat(ExportClient.json(metadata.body())
                        .path("securityContext")
                        .path("reference")
                        .asText())
                .isEqualTo("Group/example-group");
        assertThat(metadata.body()).doesNotContain("\"data\"");
        assertThat(group().owner().getBytes(url, "Accept", "application/pdf").body())
                .isEqualTo(DemoResources.content("example-group-doc-1"));
    }

    @Test
    default void anAttachmentIsRefusedToWhoeverDoesNotHaveItFromAnExport() {
        String url = urlOf("example-group-doc-1");

        assertOutcome(group().nobody().get(url), 401, "login");
        assertOutcome(group().stranger().get(url), 403, "forbidden");
        assertOutcome(group().stranger().get("/Binary/example-group-doc-1"), 403, "forbidden");
        assertOutcome(group().testClient("system/*.rs").get(url), 403, "forbidden");
        ExportClient withoutDocuments = group().owner("system/Patient.rs");
        assertOutcome(withoutDocuments.get(url), 403, "forbidden");
    }

    @Test
    default void theErrorFileNamesTheAttachmentThatDoesNotExistAndNoOther() {
        JsonNode error = group().manifest().path("error").path(0);

        assertThat(error.path("type").asText()).isEqualTo("OperationOutcome");
        assertThat(error.path("count").longValue()).isEqualTo(1);
        HttpResponse<String> file = group().owner().get(error.path("url").asText());
        assertThat(file.statusCode()).isEqualTo(200);
        assertThat(headers(file, "Content-Type")).containsExactly("application/fhir+ndjson");
        assertThat(headers(file, "Content-Disposition"))
                .containsExactly("attachment; filename=\"OperationOutcome.ndjson\"");
        assertThat(file.body().lines()).singleElement().satisfies(line -> {
            JsonNode issue = ExportClient.json(line).path("issue").path(0);
            assertThat(issue.path("severity").asText()).isEqualTo("error");
            assertThat(issue.path("code").asText()).isEqualTo("not-found");
            assertThat(issue.path("diagnostics").asText())
                    .contains(
                            "DocumentReference/9c12804a-fa41-1c19-e49d-222633319112",
                            "Binary/no-such-attachment does not exist");
        });
        assertOutcome(group().stranger().get(error.path("url").asText()), 403, "forbidden");
    }

    @Test
    default void anExportFileIsNobodysAttachment() {
        String stolen = ExportedGroup.binaryOf(group().ofTestClient().contentUrl("Patient"));
        ExportClient writer = group().owner("system/*.*");
        String patient = "{\"resourceType\":\"Patient\",\"id\":\"thief\",\"photo\":[{\"url\":\"Binary/" + stolen
                + "\"},{\"url\":\"" + writer.base() + "/Binary/example-group-doc-9/_history/1\"}]}";
        assertThat(writer.send("PUT", "/Patient/thief", patient, "Content-Type", "application/fhir+json")
                        .statusCode())
                .isEqualTo(201);

        JsonNode manifest = ExportClient.json(
                SmallExport.by(writer, "/Patient/thief/$export?_type=Patient").manifest());

        assertThat(writer.get(manifest.path("error").path(0).path("url").asText())
                        .body())
                .contains("Patient/thief", "Binary/" + stolen + " does not exist")
                .doesNotContain("example-group-doc-9");
        assertOutcome(writer.get("/Binary/" + stolen + "/$binary-access-read"), 403, "forbidden");
        assertThat(writer.get(manifest.path("output").path(0).path("url").asText())
                        .body())
                .contains(writer.base() + "/Binary/example-group-doc-9/$binary-access-read\"");
        writer.send("DELETE", "/Patient/thief", "");
    }
}
