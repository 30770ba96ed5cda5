/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.assertOutcome;
import static org.hapibinary.server.client.Answers.headers;
import static org.hapibinary.server.client.ExportClient.DOWNLOAD;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.RawRequest;
import org.hapibinary.server.contract.authorization.RequestBodyContract;
import org.hapibinary.server.host.WithExportedGroup;
import org.hapibinary.server.world.DemoResources;
import org.junit.jupiter.api.Test;

/** Binaries of no export, where they are left to the surrounding server, which keeps them in its own binary storage. */
public interface OtherBinariesContract extends WithExportedGroup {

    private void store(String id) {
        String binary = "{\"resourceType\":\"Binary\",\"id\":\"" + id
                + "\",\"contentType\":\"text/plain\",\"data\":\"aGVsbG8gd29ybGQ=\"}";
        assertThat(group().nobody()
                        .send("PUT", "/Binary/" + id, binary, "Content-Type", "application/fhir+json")
                        .statusCode())
                .isIn(200, 201);
    }

    @Test
    default void aReadIsAnsweredByTheHost() {
        store("hosts-own");

        HttpResponse<String> response = group().nobody().get("/Binary/hosts-own", "Accept", "application/fhir+json");

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(ExportClient.json(response.body()).path("data").asText()).isEqualTo("aGVsbG8gd29ybGQ=");
    }

    @Test
    default void aConditionalReadIsAnsweredByTheHost() {
        store("hosts-own-conditional");

        assertThat(group().nobody()
                        .get(
                                "/Binary/hosts-own-conditional",
                                "If-None-Match",
                                "W/\"1\"",
                                "Accept",
                                "application/fhir+json")
                        .statusCode())
                .isEqualTo(304);
    }

    @Test
    default void aReadOfTheNativeContentIsAnsweredByTheHost() {
        store("hosts-own-native");

        HttpResponse<String> response = group().nobody().get("/Binary/hosts-own-native", "Accept", "text/plain");

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("hello world");
    }

    @Test
    default void theHostsOwnOperationsReadAndWriteItsBinaries() {
        store("hosts-own-operation");

        HttpResponse<String> written = group().nobody()
                .send(
                        "POST",
                        "/Binary/hosts-own-operation/$binary-access-write?path=Binary",
                        "another world",
                        "Content-Type",
                        "text/plain");
        assertThat(written.statusCode()).as(written.body()).isEqualTo(200);

        HttpResponse<String> read = group().nobody().get("/Binary/hosts-own-operation" + DOWNLOAD + "?path=Binary");
        assertThat(read.statusCode()).as(read.body()).isEqualTo(200);
        assertThat(read.body()).isEqualTo("another world");
    }

    @Test
    default void aBodyIsWithinTheLimitWhereTheHostAnswersToo() {
        store("hosts-own-body");
        String large = "a".repeat(RequestBodyContract.OVER_THE_LIMIT);
        for (String type : List.of(RequestBodyContract.JSON, RequestBodyContract.FORM)) {
            for (String query : List.of("", "?path=Binary")) {
                String path = "/fhir/Binary/hosts-own-body" + DOWNLOAD + query;
                assertTooLong(path, List.of(type), large);
                assertTooLong(path, List.of(type, RequestBodyContract.GZIP), RequestBodyContract.gzip(large));
            }
        }
    }

    private void assertTooLong(String target, List<String> head, String body) {
        RawRequest.Answer answer = new RawRequest("POST", target, head, body)
                .sendTo(group().server().port());

        assertThat(answer.status()).as(target + head + answer.body()).isEqualTo(413);
        assertThat(answer.body()).contains("\"code\":\"too-long\"");
    }

    @Test
    default void aFormToAnExportFileIsNotWaitedForBeforeItIsKnownWhoSendsIt() {
        for (String operation : List.of(DOWNLOAD, "/$binary-access-write", "/$meta", "/$meta-add", "")) {
            RawRequest.Answer answer = new RawRequest(
                            "POST",
                            group().patientsBinaryPath() + operation + "?path=Binary",
                            List.of(RequestBodyContract.FORM, "Content-Length: 20"),
                            "")
                    .sendTo(group().server().port());

            assertThat(answer.status()).as(operation).isEqualTo(401);
        }
    }

    @Test
    default void anAttachmentInTheHostsStorageIsToBeHadByWhoeverHasItFromAnExport() {
        String path = "/Binary/example-group-doc-5";
        byte[] original = DemoResources.content("example-group-doc-5");

        HttpResponse<byte[]> whole = group().owner().getBytes(path + DOWNLOAD);
        HttpResponse<byte[]> part = group().owner().getBytes(path + DOWNLOAD, "Range", "bytes=1-3");

        assertThat(whole.statusCode()).isEqualTo(200);
        assertThat(whole.body()).isEqualTo(original);
        assertThat(headers(whole, "Content-Disposition")).containsExactly("attachment; filename=\"scan.png\"");
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(new String(part.body(), StandardCharsets.US_ASCII)).isEqualTo("PNG");
        assertThat(group().owner().get(path).body()).doesNotContain("\"data\"");
    }

    @Test
    default void anAttachmentIsTheHostsAffairForEverybodyElse() {
        for (ExportClient other : List.of(group().nobody(), group().stranger())) {
            HttpResponse<String> read = other.get("/Binary/example-group-doc-5", "Accept", "application/fhir+json");

            assertThat(read.statusCode()).as(read.body()).isEqualTo(200);
            assertThat(ExportClient.json(read.body()).path("data").asText()).isNotEmpty();
        }
    }

    @Test
    default void whatTheHostDoesNotHaveItSaysItself() {
        assertThat(group().nobody().get("/Binary/no-such-binary").statusCode()).isEqualTo(404);
        assertThat(group().nobody().get("/Binary/no-such-binary" + DOWNLOAD).statusCode())
                .isBetween(400, 404);
    }

    @Test
    default void exportFilesAreNotAmongThem() {
        assertOutcome(group().nobody().get(group().patientsBinary()), 401, "login");
        assertOutcome(group().nobody().get(group().patientsUrl()), 401, "login");
        assertOutcome(group().stranger().get(group().patientsBinary()), 403, "forbidden");
        assertThat(group().owner().get(group().patientsUrl()).statusCode()).isEqualTo(200);
    }
}
