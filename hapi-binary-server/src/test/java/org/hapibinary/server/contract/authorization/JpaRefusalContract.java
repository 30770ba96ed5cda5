/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.authorization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.assertOutcome;
import static org.hapibinary.server.client.Answers.headers;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Set;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.ExportedGroup;
import org.hapibinary.server.world.DatabaseSearch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused, or nowhere to be found, on a server with HAPI's storage. */
public interface JpaRefusalContract extends RefusalContract {

    @Test
    default void aBinaryOfNoExportIsNotFound() {
        String ofNoExport = "{\"resourceType\":\"Binary\",\"id\":\"of-no-export\",\"data\":\"aGVsbG8=\"}";
        assertThat(group().owner("system/*.*")
                        .send("PUT", "/Binary/of-no-export", ofNoExport, "Content-Type", "application/fhir+json")
                        .statusCode())
                .isIn(200, 201);
        assertOutcome(group().owner().get("/Binary/of-no-export"), 404, "not-found");
        assertOutcome(group().owner().get("/Binary/of-no-export/$binary-access-read"), 404, "not-found");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/Group/example-group/$export?_type=NoSuchType | \"NoSuchType\" is not a resource type",
                "/Patient/$export?_type=Patient,observation | \"observation\" is not a resource type",
                "/Group/example-group/$export?_type=Questionnaire | \"Questionnaire\" cannot be exported here",
                "/Patient/$export?_type=Group | \"Group\" cannot be exported here",
                "/$export?_type=Binary | \"Binary\" cannot be exported here",
                "/Group/example-group/_history/1/$export | leave _history and the version out",
                "/$export?_outputFormat=text/csv | \"text/csv\" is not supported",
                "/$export?_since=yesterday | \"yesterday\" is not an instant"
            })
    default void aRefusalNamesTheParameterQuotesTheValueAndSaysWhatIsWrong(String path, String said) {
        HttpResponse<String> refused = group().owner().kickOff(path);

        assertOutcome(refused, 400, "invalid");
        assertThat(ExportClient.json(refused.body())
                        .path("issue")
                        .path(0)
                        .path("diagnostics")
                        .asText())
                .contains(said);
    }

    @Test
    default void noTableHoldsAByteOfTheExport() throws Exception {
        DatabaseSearch search = new DatabaseSearch(group().server().bean(DataSource.class));
        String lineStart = "{\"resourceType\":\"Patient\",\"id\":\"";
        String lineStartInBase64 = Base64.getEncoder()
                .withoutPadding()
                .encodeToString(lineStart.substring(0, 30).getBytes(StandardCharsets.UTF_8));

        assertThat(group().owner().get(group().patientsUrl()).body()).startsWith(lineStart);
        assertThat(search.tablesWith("Synthea"))
                .as("the search finds what is there")
                .isNotEmpty();
        assertThat(search.tablesWith(lineStart)).isEmpty();
        assertThat(search.tablesWith(lineStartInBase64)).isEmpty();
    }

    @Test
    default void theStoreHoldsJustTheFilesOfTheManifestEachAsItIsAndInGzip() {
        Set<String> listed = group().exportedBinaries();

        assertThat(group().stored())
                .containsExactlyInAnyOrderElementsOf(listed.stream()
                        .flatMap(id -> Stream.of(id + ".bin", id + ".json", id + ".bin", id + ".json"))
                        .toList());
    }

    /** A member's other records would be those of somebody the client may not have. */
    @Test
    default void aClientLimitedToGroupsHasNoRecordsThatAreLinkedToTheirs() {
        ExportClient limited = group().client(ExportedGroup.LIMITED_CLIENT, ExportedGroup.ALL_TYPES);

        assertOutcome(limited.kickOff("/Group/example-group/$export?_type=Patient&_mdm=true"), 403, "forbidden");
        assertOutcome(
                limited.send(
                        "GET",
                        "/Group/example-group/$export?_type=Patient&_mdm=true",
                        "",
                        "Prefer",
                        "respond-async, handling=lenient"),
                403,
                "forbidden");
        assertOutcome(
                limited.kickOffByPost(
                        "/Group/example-group/$export?_type=Patient",
                        "{\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"_mdm\",\"valueBoolean\":true}]}"),
                403,
                "forbidden");
    }

    @Test
    default void aClientLimitedToAGroupHasNoOthersThanItsMembers() {
        ExportClient limited = group().client(ExportedGroup.LIMITED_CLIENT, ExportedGroup.ALL_TYPES);
        assertOutcome(
                limited.kickOff("/Group/example-group/$export?_type=Patient&patient=Patient/no-member"),
                400,
                "invalid");
        HttpResponse<String> lenient = limited.get(
                "/Group/example-group/$export?_type=Patient&patient=Patient/no-member",
                "Prefer",
                "respond-async, handling=lenient");
        assertThat(lenient.statusCode()).as(lenient.body()).isEqualTo(202);
        String location = lenient.headers().firstValue("Content-Location").orElseThrow();
        HttpResponse<String> end = limited.awaitEnd(location.substring(location.indexOf('=') + 1));
        assertThat(ExportClient.json(end.body()).path("output")).isEmpty();
    }

    /** A plain server is in whatever container its host has chosen. */
    @ParameterizedTest
    @ValueSource(strings = {"/Patient", "/Binary/x"})
    default void aTraceDoesNotSendTheTokenBack(String path) {
        HttpResponse<String> response = group().owner().send("TRACE", path, "");

        assertThat(response.statusCode()).isEqualTo(405);
        assertThat(headers(response, "Allow")).isNotEmpty();
        assertThat(response.body()).doesNotContain("Bearer");
    }
}
