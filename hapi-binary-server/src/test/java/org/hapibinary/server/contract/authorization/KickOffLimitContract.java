/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.authorization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.assertOutcome;
import static org.hapibinary.server.client.Answers.headers;
import static org.hapibinary.server.host.ExportedGroup.ALL_TYPES;
import static org.hapibinary.server.host.ExportedGroup.LIMITED_CLIENT;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.SmallExport;
import org.hapibinary.server.host.WithExportedGroup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may start which export: by the scopes of the token, and by what the operator has limited a client to. */
public interface KickOffLimitContract extends WithExportedGroup {

    String EXPORT = "/Group/example-group/$export";

    private void assertInsufficient(ExportClient client, String kickOff) throws SQLException {
        long before = group().rows("HBP_EXPORT");

        for (Door door : Door.toKickOff(kickOff)) {
            HttpResponse<String> response = door.open(client);

            assertOutcome(response, 403, "forbidden");
            assertThat(headers(response, "WWW-Authenticate"))
                    .containsExactly("Bearer realm=\"fhir\", error=\"insufficient_scope\"");
        }
        assertThat(group().rows("HBP_EXPORT")).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/Group/other-group/$export",
                "/Group/no-such-group/$export",
                "/Group/EXAMPLE-GROUP/$export",
                "/Patient/example-group/$export",
                "/Patient/7afd54f9-1cd0-7a16-96cf-b1e8f363b04b/$export",
                "/Patient/$export",
                "/$export",
                "/$export?_type=Patient",
                "/Group/other-group/$export?groupId=example-group&_groupId=Group/example-group"
            })
    default void aLimitedClientStartsNoOtherExportWhetherThereIsSuchAThingOrNot(String kickOff) throws SQLException {
        ExportClient writer = group().testClient("system/*.cruds");
        assertThat(writer.send(
                                "PUT",
                                "/Group/other-group",
                                "{\"resourceType\":\"Group\",\"id\":\"other-group\",\"type\":\"person\","
                                        + "\"actual\":true}",
                                "Content-Type",
                                "application/fhir+json")
                        .statusCode())
                .isIn(200, 201);
        ExportClient limited = group().client(LIMITED_CLIENT, ALL_TYPES);
        long before = group().rows("HBP_EXPORT");

        for (Door door : Door.toKickOff(kickOff)) {
            HttpResponse<String> response = door.open(limited);

            assertOutcome(response, 403, "forbidden");
            assertThat(response.body())
                    .isEqualTo(limited.kickOff("/Group/no-such-group/$export").body());
            assertThat(headers(response, "WWW-Authenticate")).isEmpty();
        }
        assertThat(group().rows("HBP_EXPORT")).isEqualTo(before);
    }

    @Test
    default void aLimitedClientExportsItsGroup() {
        SmallExport export = SmallExport.by(group().client(LIMITED_CLIENT, ALL_TYPES), EXPORT + "?_type=Patient");

        assertThat(export.file("Patient").path("count").intValue()).isEqualTo(12);
    }

    @Test
    default void theLimitsOfAClientAreNotThoseOfOthers() {
        SmallExport export = SmallExport.by(
                group().client("un" + LIMITED_CLIENT, ALL_TYPES),
                "/Patient/7afd54f9-1cd0-7a16-96cf-b1e8f363b04b/$export?_type=Patient");

        assertThat(export.file("Patient").path("count").intValue()).isEqualTo(1);
    }

    @Test
    default void anExportIsNarrowedToTheTypesOfTheTokenInItsManifestAndInItsFiles() throws SQLException {
        long files = group().rows("HBP_EXPORT_FILE");
        ExportClient narrow = group().testClient("system/Patient.rs system/Condition.read system/Encounter.r");

        JsonNode output =
                ExportClient.json(SmallExport.by(narrow, EXPORT).manifest()).path("output");

        assertThat(output.findValuesAsText("type")).containsExactlyInAnyOrder("Patient", "Condition");
        assertThat(group().rows("HBP_EXPORT_FILE")).isEqualTo(files + output.size());
        for (JsonNode item : output) {
            Set<String> types = new HashSet<>();
            narrow.get(item.path("url").asText())
                    .body()
                    .lines()
                    .forEach(line -> types.add(
                            ExportClient.json(line).path("resourceType").asText()));
            assertThat(types).containsExactly(item.path("type").asText());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Observation", "Patient,Observation"})
    default void aTypeThatTheTokenDoesNotCoverIsNotToBeNamed(String types) throws SQLException {
        ExportClient patientsOnly = group().testClient("system/Patient.rs");
        long before = group().rows("HBP_EXPORT");

        assertInsufficient(patientsOnly, EXPORT + "?_type=" + types);
        assertOutcome(patientsOnly.kickOffByPost(EXPORT, naming(types)), 403, "forbidden");
        assertThat(group().rows("HBP_EXPORT")).isEqualTo(before);
    }

    @Test
    default void typesInSeveralParametersAreAllHeldAgainstTheToken() throws SQLException {
        ExportClient client = group().testClient("system/Patient.rs");
        long before = group().rows("HBP_EXPORT");

        for (Door door : Door.toKickOff(EXPORT + "?_type=Patient&_type=Observation")) {
            assertOutcome(door.open(client), 403, "forbidden");
        }
        assertOutcome(client.kickOffByPost(EXPORT, naming("Patient", "Observation")), 403, "forbidden");
        assertOutcome(client.kickOffByPost(EXPORT + "?_type=Patient", naming("Observation")), 403, "forbidden");
        assertThat(group().rows("HBP_EXPORT")).isEqualTo(before);
    }

    private static String naming(String... types) {
        return Stream.of(types)
                .map(type -> "{\"name\":\"_type\",\"valueString\":\"" + type + "\"}")
                .collect(Collectors.joining(",", "{\"resourceType\":\"Parameters\",\"parameter\":[", "]}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "openid fhirUser",
                "system/Patient.r",
                "system/*.s",
                "system/*.cud",
                "system/*.rs?_security=N",
                "user/*.rs",
                "patient/*.read"
            })
    default void aTokenThatCoversNoTypeStartsNoExport(String scope) throws SQLException {
        for (String kickOff : List.of(EXPORT, EXPORT + "?_type=Patient", "/Patient/$export", "/$export")) {
            assertInsufficient(group().testClient(scope), kickOff);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/Group/no-such-group/$export",
                "/Group/example-group/$export",
                "/Patient/no-such-patient/$export",
                "/Patient/7afd54f9-1cd0-7a16-96cf-b1e8f363b04b/$export"
            })
    default void aTokenThatIsTooSmallDoesNotTellWhatThereIs(String kickOff) throws SQLException {
        for (String scope : List.of("", "openid", "system/Patient.r", "user/*.rs")) {
            assertInsufficient(group().testClient(scope), kickOff);
        }
        for (String types :
                List.of("?_type=Observation", "?_type=Patient,Observation", "?_type=Patient&_type=Observation")) {
            assertInsufficient(group().testClient("system/Patient.rs"), kickOff + types);
        }
        assertOutcome(
                group().testClient("system/Patient.rs").kickOffByPost(kickOff, naming("Observation")),
                403,
                "forbidden");
    }

    @Test
    default void aKickOffThatWaitsTooLongForAnotherOneIsToBeSentAgain() throws SQLException {
        ExportClient client = group().client("patient-client", ALL_TYPES);
        try (Connection another = group().server().bean(DataSource.class).getConnection();
                Statement statement = another.createStatement()) {
            another.setAutoCommit(false);
            statement.executeQuery("select NAME from HBP_LOCK where NAME = 'KICK_OFF' for update");

            HttpResponse<String> answer = client.kickOff(EXPORT);

            another.rollback();
            assertOutcome(answer, 503, "transient");
            assertThat(headers(answer, "Retry-After")).containsExactly("5");
            assertThat(answer.body()).doesNotContainIgnoringCase("HBP_").doesNotContainIgnoringCase("select");
        }
        assertThat(SmallExport.by(client, EXPORT + "?_type=Patient").file("Patient"))
                .isNotEmpty();
    }
}
