/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.assertOutcome;
import static org.hapibinary.server.client.Answers.headers;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.hash.Hashing;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.RawRequest;
import org.hapibinary.server.client.SmallExport;
import org.hapibinary.server.host.ExportedGroup;
import org.hapibinary.server.host.WithExportedGroup;
import org.hapibinary.server.world.DemoResources;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The documents that exported resources refer to, which the server keeps in Binaries of its own. */
public interface AttachmentContract extends WithExportedGroup {

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
        ExportClient withoutDocuments = group().owner("system/Patient.rs");
        assertOutcome(withoutDocuments.get(url), 403, "forbidden");
    }

    /** Whether there is such a document, and whether anybody has exported it, is told to nobody else. */
    @Test
    default void toAnybodyButItsOwnerAnAttachmentIsAsIfThereWereNone() {
        for (ExportClient other : List.of(
                group().stranger(), group().testClient("system/*.*"), group().testClient("system/Observation.rs"))) {
            for (String method : List.of("GET", "HEAD", "POST")) {
                for (String door : List.of("", "/$binary-access-read", "/$binary-access-read?path=Binary")) {
                    if (!method.equals("POST") || !door.isEmpty()) {
                        HttpResponse<String> attachment =
                                other.send(method, "/Binary/example-group-doc-1" + door, "", "X-Request-ID", "same");
                        HttpResponse<String> nothing =
                                other.send(method, "/Binary/no-such-document" + door, "", "X-Request-ID", "same");

                        assertThat(attachment.statusCode()).as(method + door).isEqualTo(404);
                        assertThat(attachment.statusCode()).isEqualTo(nothing.statusCode());
                        assertThat(attachment.body()).isEqualTo(nothing.body());
                        assertThat(attachment.headers().map().keySet())
                                .isEqualTo(nothing.headers().map().keySet());
                    }
                }
            }
        }
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

    private static String absent(String reason) {
        return "{\"extension\":[{\"url\":\"http://hl7.org/fhir/StructureDefinition/data-absent-reason\","
                + "\"valueCode\":\""
                + reason + "\"}]}";
    }

    private void put(String id, String rest) {
        group().owner("system/*.*").put(id, rest);
    }

    /** What is left would be in other tests' exports. */
    private void delete(String... ids) {
        for (String id : ids) {
            group().owner("system/*.*").send("DELETE", "/" + id, "");
        }
    }

    private void putBinary(String id, @Nullable String context, String text) {
        put(
                "Binary/" + id,
                "'contentType':'text/plain',"
                        + (context == null ? "" : "'securityContext':{'reference':'" + context + "'},")
                        + "'data':'" + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)) + "'");
    }

    /**
     * What a client has of an export of one type that is complete: the lines of the first file, and of the error file.
     */
    private static List<String> linesOf(ExportClient client, JsonNode manifest, String list) {
        JsonNode file = manifest.path(list).path(0);
        return file.isMissingNode()
                ? List.of()
                : client.get(file.path("url").asText()).body().lines().toList();
    }

    /** Of each attachment in an element of a resource: its URL without the base, or the reason why there is none. */
    private static List<String> urlsIn(ExportClient client, JsonNode attachments) {
        List<String> urls = new ArrayList<>();
        for (JsonNode attachment : attachments) {
            JsonNode item = attachment.has("attachment") ? attachment.path("attachment") : attachment;
            urls.add(
                    item.has("url")
                            ? item.path("url").asText().replace(client.base() + "/", "")
                            : item.path("_url")
                                    .path("extension")
                                    .path(0)
                                    .path("valueCode")
                                    .asText());
        }
        return urls;
    }

    /** The exploit of a client that writes Patients, and reads whatever Binary it names in one. */
    @Test
    default void whoseTokenDoesNotCoverBinaryHasDocumentsOfTheSamePatientOnly() {
        put("Patient/other", "'active':true");
        put("Patient/me", "'active':true");
        put("Observation/of-me", "'status':'final','code':{'text':'x'},'subject':{'reference':'Patient/me'}");
        putBinary("of-me", "Patient/me", "mine");
        putBinary("of-my-observation", "Observation/of-me", "of my observation");
        putBinary("of-other", "Patient/other", "secret");
        putBinary("of-nobody", null, "secret");
        putBinary("was-of-me", "Patient/me", "secret once mine");
        putBinary("was-of-me", "Patient/other", "secret now");
        putBinary("was-of-other", "Patient/other", "secret once another's");
        putBinary("was-of-other", "Patient/me", "mine now");
        ExportClient client = group().testClient("system/Patient.rs");
        String base = client.base();
        put(
                "Patient/me",
                "'photo':[{'url':'Binary/of-me'},{'url':'" + base
                        + "/Binary/of-my-observation'},{'url':'Binary/of-other'},"
                        + "{'url':'" + base
                        + "/Binary/of-nobody'},{'url':'Binary/not-there'},{'url':'Binary/of-other/_history/1'},"
                        + "{'url':'Binary/was-of-me'},{'url':'Binary/was-of-me/_history/1'},"
                        + "{'url':'Binary/was-of-other/_history/1'},{'url':'Binary/of-other?x=y'},"
                        + "{'url':'https://elsewhere.example.org/Binary/of-other'}]");

        JsonNode manifest = ExportClient.json(
                SmallExport.by(client, "/Patient/me/$export?_type=Patient").manifest());

        JsonNode patient = ExportClient.json(linesOf(client, manifest, "output").get(0));
        assertThat(urlsIn(client, patient.path("photo")))
                .containsExactly(
                        "Binary/of-me/$binary-access-read",
                        "Binary/of-my-observation/$binary-access-read",
                        "not-permitted",
                        "not-permitted",
                        "not-permitted",
                        "not-permitted",
                        "not-permitted",
                        "not-permitted",
                        "not-permitted",
                        "not-permitted",
                        "https://elsewhere.example.org/Binary/of-other");
        List<String> errors = linesOf(client, manifest, "error");
        assertThat(errors).hasSize(8).allSatisfy(line -> {
            JsonNode issue = ExportClient.json(line).path("issue").path(0);
            assertThat(issue.path("code").asText()).isEqualTo("forbidden");
            assertThat(issue.path("diagnostics").asText().replaceFirst("Binary/\\S+", "Binary/x"))
                    .isEqualTo(
                            "Patient/me: its attachment Binary/x may not be had from this export, or does not exist.");
        });
        assertThat(client.get("/Binary/of-me/$binary-access-read").body()).isEqualTo("mine");
        assertThat(client.get("/Binary/of-my-observation/$binary-access-read").body())
                .isEqualTo("of my observation");
        for (String other : List.of("of-other", "of-nobody", "was-of-me", "was-of-other", "not-there")) {
            assertOutcome(client.get("/Binary/" + other + "/$binary-access-read"), 404, "not-found");
            assertOutcome(client.get("/Binary/" + other), 404, "not-found");
        }
        delete("Observation/of-me", "Patient/me", "Patient/other");
    }

    /** The exploit of a client that is limited to Groups, and refers to documents of others in a member's record. */
    @Test
    default void whoIsLimitedToGroupsHasNoDocumentJustBecauseTheTokenCoversBinary() {
        String patients = group().owner().get(group().patientsUrl()).body();
        String member = ExportClient.json(patients.lines().findFirst().orElseThrow())
                .path("id")
                .asText();
        put("Patient/outsider", "'active':true");
        putBinary("of-member", "Patient/" + member, "the member's");
        putBinary("of-outsider", "Patient/outsider", "secret");
        putBinary("of-no-one", null, "secret");
        putBinary("was-of-outsider", "Patient/outsider", "secret once the outsider's");
        putBinary("was-of-outsider", "Patient/" + member, "the member's now");
        ExportClient limited = group().client(
                        ExportedGroup.LIMITED_CLIENT, "system/*.rs system/DocumentReference.cu system/Binary.rs");
        String document = ("{'resourceType':'DocumentReference','id':'by-limited','status':'current',"
                        + "'subject':{'reference':'Patient/" + member + "'},'content':["
                        + "{'attachment':{'url':'Binary/of-member'}},{'attachment':{'url':'Binary/of-outsider'}},"
                        + "{'attachment':{'url':'" + limited.base() + "/Binary/of-outsider/_history/1'}},"
                        + "{'attachment':{'url':'Binary/of-no-one'}},{'attachment':{'url':'Binary/not-there'}},"
                        + "{'attachment':{'url':'Binary/was-of-outsider/_history/1'}}]}")
                .replace('\'', '"');
        assertThat(limited.send(
                                "PUT",
                                "/DocumentReference/by-limited",
                                document,
                                "Content-Type",
                                "application/fhir+json")
                        .statusCode())
                .isEqualTo(201);

        JsonNode manifest = ExportClient.json(
                SmallExport.by(limited, "/Group/example-group/$export?_type=Patient,DocumentReference")
                        .manifest());

        assertThat(manifest.path("output").findValuesAsText("url").stream()
                        .flatMap(url -> limited.get(url).body().lines())
                        .map(ExportClient::json)
                        .filter(resource -> resource.path("id").asText().equals("by-limited"))
                        .map(resource -> urlsIn(limited, resource.path("content"))))
                .containsExactly(List.of(
                        "Binary/of-member/$binary-access-read",
                        "not-permitted",
                        "not-permitted",
                        "not-permitted",
                        "not-permitted",
                        "not-permitted"));
        assertThat(limited.get("/Binary/of-member/$binary-access-read").body()).isEqualTo("the member's");
        for (String other : List.of("of-outsider", "of-no-one", "was-of-outsider", "not-there")) {
            assertOutcome(limited.get("/Binary/" + other + "/$binary-access-read"), 404, "not-found");
            assertOutcome(limited.get("/Binary/" + other), 404, "not-found");
        }
        delete("DocumentReference/by-limited", "Patient/outsider");
    }

    /** Whatever a resource says of its own patients, an export of one of them has nothing of the others. */
    @Test
    default void aResourceOfSeveralPatientsLeadsToDocumentsOfExportedOnesOnly() {
        put("Patient/victim", "'active':true");
        put("Patient/attacker", "'active':true");
        putBinary("of-victim", "Patient/victim", "secret");
        putBinary("of-attacker", "Patient/attacker", "own");
        putBinary("of-reference", "DocumentReference/shared", "its own");
        put(
                "DocumentReference/shared",
                "'status':'current','subject':{'reference':'Patient/victim'},"
                        + "'author':[{'reference':'Patient/attacker'}],"
                        + "'content':[{'attachment':{'url':'Binary/of-victim'}},"
                        + "{'attachment':{'url':'Binary/of-attacker'}},"
                        + "{'attachment':{'url':'Binary/of-reference'}}]");
        ExportClient client = group().testClient("system/DocumentReference.rs");

        JsonNode manifest =
                ExportClient.json(SmallExport.by(client, "/Patient/attacker/$export?_type=DocumentReference")
                        .manifest());

        JsonNode document =
                ExportClient.json(linesOf(client, manifest, "output").get(0));
        assertThat(urlsIn(client, document.path("content")))
                .containsExactly(
                        "not-permitted",
                        "Binary/of-attacker/$binary-access-read",
                        "Binary/of-reference/$binary-access-read");
        assertOutcome(client.get("/Binary/of-victim/$binary-access-read"), 404, "not-found");
        assertThat(client.get("/Binary/of-reference/$binary-access-read").statusCode())
                .isEqualTo(200);
        delete("DocumentReference/shared", "Patient/victim", "Patient/attacker");
    }

    @Test
    default void aDocumentIsLostWithTheScopeThatPermittedIt() {
        String client = "keeper";
        putBinary("by-scope", null, "any");
        putBinary("by-context", "Patient/keeper", "the patient's");
        put("Patient/keeper", "'photo':[{'url':'Binary/by-scope'}]");
        String scopes = "system/Patient.rs system/Binary.rs";
        SmallExport.by(group().client(client, scopes), "/Patient/keeper/$export?_type=Patient");
        put("Patient/keeper", "'photo':[{'url':'Binary/by-context'}]");
        SmallExport.by(group().client(client, "system/Patient.rs"), "/Patient/keeper/$export?_type=Patient");

        for (String door : List.of("", "/$binary-access-read")) {
            String byScope = "/Binary/by-scope" + door;
            String byContext = "/Binary/by-context" + door;
            assertThat(group().client(client, scopes).get(byScope).statusCode()).isEqualTo(200);
            assertThat(group().client(client, "system/Binary.rs").get(byScope).statusCode())
                    .isEqualTo(200);
            HttpResponse<String> lost =
                    group().client(client, "system/Patient.rs").get(byScope);
            assertOutcome(lost, 403, "forbidden");
            assertThat(headers(lost, "WWW-Authenticate"))
                    .containsExactly("Bearer realm=\"fhir\", error=\"insufficient_scope\"");
            assertThat(group().client(client, "system/Patient.rs")
                            .get(byContext)
                            .statusCode())
                    .isEqualTo(200);
            assertOutcome(group().client(client, "system/Observation.rs").get(byContext), 403, "forbidden");
        }
        delete("Patient/keeper");
    }

    @Test
    default void whoseTokenCoversBinaryHasWhateverIsReferredToInOneVersion() {
        putBinary("twice", null, "first");
        putBinary("twice", "Patient/other", "second");
        putBinary("once-old", null, "old");
        putBinary("once-old", null, "new");
        ExportClient client = group().testClient("system/Patient.rs system/Binary.rs");
        put(
                "Patient/reader",
                "'photo':[{'url':'Binary/twice/_history/1'},{'url':'Binary/twice'},"
                        + "{'url':'Binary/once-old/_history/1'},"
                        + "{'url':'Binary/once-old/_history/9'},{'url':'Binary/not-there'}]");

        JsonNode manifest = ExportClient.json(
                SmallExport.by(client, "/Patient/reader/$export?_type=Patient").manifest());

        JsonNode patient = ExportClient.json(linesOf(client, manifest, "output").get(0));
        assertThat(urlsIn(client, patient.path("photo")))
                .containsExactly(
                        "unknown",
                        "Binary/twice/$binary-access-read",
                        "Binary/once-old/$binary-access-read",
                        "unknown",
                        "unknown");
        assertThat(client.get("/Binary/twice/$binary-access-read").body()).isEqualTo("second");
        assertThat(client.get("/Binary/once-old/$binary-access-read").body()).isEqualTo("old");
        assertThat(String.join("\n", linesOf(client, manifest, "error")))
                .contains(
                        "Binary/twice is meant in version 1, the export has version 2.",
                        "Binary/once-old is meant in version 9, the export has version 1.",
                        "Binary/not-there does not exist.");
        delete("Patient/reader");
    }

    /** Long enough for several windows, and not a multiple of anything. */
    @Test
    default void aLongDocumentIsSentWholeAndInPartsFromWhereverItIs() {
        byte[] content = new byte[1_500_001];
        new Random(7).nextBytes(content);
        put(
                "Binary/long",
                "'contentType':'application/x-long','securityContext':{'reference':'Patient/long','display':'Märta ‽'},"
                        + "'data':'" + Base64.getEncoder().encodeToString(content) + "'");
        put("Patient/long", "'photo':[{'url':'Binary/long'}]");
        ExportClient client = group().testClient("system/Patient.rs");
        SmallExport.by(client, "/Patient/long/$export?_type=Patient");
        String url = "/Binary/long/$binary-access-read";

        HttpResponse<byte[]> whole = client.getBytes(url);

        assertThat(whole.statusCode()).isEqualTo(200);
        assertThat(whole.body()).isEqualTo(content);
        assertThat(headers(whole, "Content-Type")).containsExactly("application/x-long");
        assertThat(headers(whole, "Content-Length")).containsExactly("1500001");
        assertThat(headers(whole, "ETag"))
                .containsExactly("\"" + Hashing.sha256().hashBytes(content) + "\"");
        for (int[] range : new int[][] {
            {0, 0}, {1, 1}, {2, 5}, {393_215, 393_217}, {393_214, 1_000_000}, {1_499_999, 1_500_000}, {7, 1_500_000}
        }) {
            HttpResponse<byte[]> part = client.getBytes(url, "Range", "bytes=" + range[0] + "-" + range[1]);

            assertThat(part.statusCode()).isEqualTo(206);
            assertThat(part.body())
                    .as(range[0] + "-" + range[1])
                    .isEqualTo(Arrays.copyOfRange(content, range[0], range[1] + 1));
        }
        assertThat(client.getBytes(url, "If-None-Match", headers(whole, "ETag").get(0))
                        .statusCode())
                .isEqualTo(304);
        delete("Patient/long", "Binary/long");
    }

    @Test
    default void documentsOfEveryLengthAreSentAsTheyAre() {
        StringBuilder photos = new StringBuilder();
        for (int length = 1; length <= 9; length++) {
            putBinary("length-" + length, "Patient/lengths", "x".repeat(length));
            photos.append(length == 1 ? "" : ",")
                    .append("{'url':'Binary/length-")
                    .append(length)
                    .append("'}");
        }
        put(
                "Binary/length-10",
                "'contentType':'text/plain','securityContext':{'reference':'Patient/lengths','display':'𝄞'},"
                        + "'data':'eHh4eHh4eHh4eA=='");
        put("Patient/lengths", "'photo':[" + photos + ",{'url':'Binary/length-10'}]");
        ExportClient client = group().testClient("system/Patient.rs");
        SmallExport.by(client, "/Patient/lengths/$export?_type=Patient");

        for (int length = 1; length <= 10; length++) {
            assertThat(client.get("/Binary/length-" + length + "/$binary-access-read")
                            .body())
                    .isEqualTo("x".repeat(length));
        }
        delete("Patient/lengths");
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
                .contains(
                        writer.base() + "/Binary/example-group-doc-9/$binary-access-read\"",
                        "\"photo\":[{\"_url\":" + absent("unknown") + "}")
                .doesNotContain(stolen);
        writer.send("DELETE", "/Patient/thief", "");
    }
}
