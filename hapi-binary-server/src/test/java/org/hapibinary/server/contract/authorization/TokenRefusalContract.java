/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.authorization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.headers;
import static org.hapibinary.server.host.ExportedGroup.ALL_TYPES;
import static org.hapibinary.server.host.ExportedGroup.TEST_CLIENT;

import java.net.http.HttpResponse;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.hapibinary.server.host.WithExportedGroup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is no good token, at every door that needs one. */
public interface TokenRefusalContract extends WithExportedGroup {

    private List<Door> doors() {
        return Stream.of(
                        Door.toFile(group().ofTestClient(), "Patient"),
                        Door.toStatus(group().ofTestClient()),
                        Door.toKickOff(
                                "/Group/example-group/$export",
                                "/Patient/$export",
                                "/Patient/7afd54f9-1cd0-7a16-96cf-b1e8f363b04b/$export",
                                "/$export"))
                .flatMap(List::stream)
                .toList();
    }

    default Stream<BadToken> badTokens() {
        return new BadTokens(group()).all();
    }

    @ParameterizedTest
    @MethodSource("badTokens")
    default void whatIsNoGoodTokenOpensNoDoor(BadToken token) throws SQLException {
        long exports = group().rows("HBP_EXPORT");

        for (Door door : doors()) {
            HttpResponse<String> response = door.open(group().nobody(), token.headers());

            door.assertRefused(response, 401, "login");
            assertThat(headers(response, "WWW-Authenticate"))
                    .as(door.toString())
                    .singleElement()
                    .asString()
                    .startsWith("Bearer realm=\"fhir\"" + (token.isToken() ? ", error=\"invalid_token\"" : ""))
                    .matches(challenge -> token.isToken() || !challenge.contains("error"));
        }
        assertUntouched(exports);
    }

    @Test
    default void aTokenInTheUrlOrInAFormIsNoToken() throws SQLException {
        long exports = group().rows("HBP_EXPORT");
        String parameter = "access_token=" + group().issuer().token(group().audience(), TEST_CLIENT, ALL_TYPES);

        for (Door door : doors()) {
            HttpResponse<String> inUrl = door.withParameter(parameter).open(group().nobody());

            door.assertRefused(inUrl, 401, "login");
            assertThat(headers(inUrl, "WWW-Authenticate")).containsExactly("Bearer realm=\"fhir\"");
            if (door.method().equals("POST")) {
                HttpResponse<String> inForm = group().nobody()
                        .send("POST", door.url(), parameter, "Content-Type", "application/x-www-form-urlencoded");

                door.assertRefused(inForm, 401, "login");
                assertThat(headers(inForm, "WWW-Authenticate")).containsExactly("Bearer realm=\"fhir\"");
            }
        }
        assertUntouched(exports);
    }

    @Test
    default void aBodyIsNotReadBeforeItIsKnownWhoSendsIt() {
        assertThat(doors().stream().filter(door -> door.method().equals("POST")))
                .allSatisfy(door -> {
                    HttpResponse<String> response =
                            group().nobody().send("POST", door.url(), "{", "Content-Type", "application/fhir+json");

                    door.assertRefused(response, 401, "login");
                    assertThat(headers(response, "Connection")).containsExactly("close");
                });
    }

    @Test
    default void aTokenTooLongForAHeaderIsNoFault() {
        for (Door door : doors()) {
            HttpResponse<String> response =
                    door.open(group().nobody(), "Authorization", "Bearer " + "x".repeat(16 * 1024));

            assertThat(response.statusCode()).as(door.toString()).isIn(400, 401, 431);
            assertThat(response.body()).doesNotContain("\"resourceType\":\"Patient\"");
        }
    }

    private void assertUntouched(long exports) throws SQLException {
        HttpResponse<String> status =
                group().testClient(ALL_TYPES).status(group().ofTestClient().jobId());

        assertThat(group().rows("HBP_EXPORT")).isEqualTo(exports);
        assertThat(status.statusCode()).isEqualTo(200);
        assertThat(status.body()).isEqualTo(group().ofTestClient().manifest());
    }
}
