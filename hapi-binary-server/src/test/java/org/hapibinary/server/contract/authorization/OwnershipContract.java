/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.authorization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.headers;
import static org.hapibinary.server.host.ExportedGroup.ALL_TYPES;
import static org.hapibinary.server.host.ExportedGroup.TEST_CLIENT;

import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.SmallExport;
import org.hapibinary.server.host.WithExportedGroup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose an export is, and what of it a token covers. */
public interface OwnershipContract extends WithExportedGroup {

    private ExportClient user(String user, String scope) {
        return group().client(TEST_CLIENT, scope, claims -> claims.subject(user));
    }

    private ExportClient withOpaqueToken(String scope) {
        return ExportClient.withBearer(group().server().port(), opaqueToken(TEST_CLIENT, scope));
    }

    private String opaqueToken(String clientId, String scope) {
        return group().issuer()
                .opaqueToken("{\"active\":true,\"iss\":\"" + group().issuer().url() + "\",\"aud\":\""
                        + group().audience() + "\",\"client_id\":\"" + clientId + "\",\"scope\":\"" + scope
                        + "\",\"exp\":" + Instant.now().plusSeconds(300).getEpochSecond() + "}");
    }

    private static Stream<Door> doorsTo(SmallExport export) {
        return Stream.of(Door.toFile(export, "Patient"), Door.toStatus(export)).flatMap(List::stream);
    }

    private static void assertOwned(ExportClient client, SmallExport export) {
        assertThat(client.status(export.jobId()).body()).isEqualTo(export.manifest());
        assertReadable(client, export);
    }

    private static void assertReadable(ExportClient client, SmallExport export) {
        assertThat(client.get(export.metadataUrl("Patient")).statusCode()).isEqualTo(200);
        assertThat(client.get(export.contentUrl("Patient")).body()).contains("\"resourceType\":\"Patient\"");
    }

    private static void assertForbidden(ExportClient stranger, SmallExport export) {
        assertThat(doorsTo(export)).allSatisfy(door -> {
            HttpResponse<String> response = door.open(stranger, "X-Request-ID", "night-shift.2");

            door.assertRefused(response, 403, "forbidden");
            assertThat(headers(response, "WWW-Authenticate")).isEmpty();
            assertThat(headers(response, "X-Request-ID")).containsExactly("night-shift.2");
        });
    }

    private static void assertInsufficient(ExportClient client, List<Door> doors) {
        assertThat(doors).allSatisfy(door -> {
            HttpResponse<String> response = door.open(client);

            door.assertRefused(response, 403, "forbidden");
            assertThat(headers(response, "WWW-Authenticate"))
                    .containsExactly("Bearer realm=\"fhir\", error=\"insufficient_scope\"");
        });
    }

    @Test
    default void aFreshTokenOfTheSameClientIsAsGoodAsTheFirst() {
        assertOwned(group().testClient(ALL_TYPES), group().ofTestClient());
    }

    @Test
    default void anOpaqueTokenOfTheSameClientIsAsGoodAsAJwt() {
        assertOwned(withOpaqueToken(ALL_TYPES), group().ofTestClient());
        assertInsufficient(withOpaqueToken("system/Observation.rs"), Door.toFile(group().ofTestClient(), "Patient"));
        assertForbidden(
                ExportClient.withBearer(group().server().port(), opaqueToken("other-client", ALL_TYPES)),
                group().ofTestClient());
    }

    @Test
    default void anOpaqueTokenThatWasTakenBackBeforeItsFirstUseIsNoToken() {
        String token = opaqueToken(TEST_CLIENT, ALL_TYPES);
        group().issuer().revoke(token);
        ExportClient late = ExportClient.withBearer(group().server().port(), token);

        assertThat(doorsTo(group().ofTestClient()))
                .allSatisfy(door -> door.assertRefused(door.open(late), 401, "login"));
    }

    @Test
    default void anotherClientOfTheSameIssuerIsForbiddenEverything() {
        assertForbidden(group().client("other-client", "system/*.*"), group().ofTestClient());
        assertForbidden(group().client("TEST-CLIENT", "system/*.*"), group().ofTestClient());
        assertForbidden(
                group().stranger(),
                new SmallExport(group().jobId(), group().manifest().toString()));
        assertOwned(group().testClient(ALL_TYPES), group().ofTestClient());
    }

    @Test
    default void theClientOfThatNameAtAnotherIssuerIsForbiddenEverything() {
        SmallExport ofDemoClient =
                new SmallExport(group().jobId(), group().manifest().toString());

        assertForbidden(group().client("demo-client", "system/*.*"), ofDemoClient);
        assertOwned(group().owner(), ofDemoClient);
    }

    /** An issuer that names no client in its tokens must not make one of a user of the same name. */
    @Test
    default void aUserOfTheNameOfAClientIsForbiddenEverything() {
        ExportClient namesake = group().client("", "system/*.*", claims -> claims.claim("client_id", null)
                .subject(TEST_CLIENT));
        SmallExport ofNamesake = SmallExport.by(namesake, "/Group/example-group/$export?_type=Patient");

        assertForbidden(namesake, group().ofTestClient());
        assertForbidden(group().testClient(ALL_TYPES), ofNamesake);
        assertOwned(namesake, ofNamesake);
        assertOwned(group().testClient(ALL_TYPES), group().ofTestClient());
    }

    /** As Okta and Entra ID have them. */
    @ParameterizedTest
    @ValueSource(strings = {"azp", "appid", "cid"})
    default void aClientMayBeNamedByAnotherClaimAndItsScopesBeInScp(String claim) {
        ExportClient client = group().client("", "", claims -> claims.claim("client_id", null)
                .claim(claim, "named-client")
                .claim("scope", null)
                .claim("scp", List.of("system/Patient.rs"))
                .subject("somebody"));
        SmallExport export = SmallExport.by(client, "/Group/example-group/$export");

        assertOwned(client, export);
        assertForbidden(group().client("named-client", "system/*.rs"), export);
    }

    @Test
    default void aSlashAtTheEndOfTheAudienceMakesNoDifference() {
        assertOwned(
                group().client(TEST_CLIENT, ALL_TYPES, claims -> claims.audience(group().audience() + "/")),
                group().ofTestClient());
    }

    @Test
    default void aUserIsForbiddenWhatTheirClientStartedForItself() {
        assertForbidden(user("somebody", ALL_TYPES + " user/*.rs"), group().ofTestClient());
        assertForbidden(user("somebody", ALL_TYPES + " patient/*.rs"), group().ofTestClient());
        assertForbidden(user(TEST_CLIENT, ALL_TYPES + " user/*.rs"), group().ofTestClient());
    }

    @Test
    default void whatAUserStartedIsForThatUserOnly() {
        String scope = "system/Patient.rs user/Patient.rs";
        SmallExport ofSomebody = SmallExport.by(user("somebody", scope), "/Group/example-group/$export?_type=Patient");

        assertOwned(user("somebody", scope), ofSomebody);
        assertForbidden(user("somebody-else", scope), ofSomebody);
        assertForbidden(user("SOMEBODY", scope), ofSomebody);
        assertForbidden(group().testClient(ALL_TYPES), ofSomebody);
    }

    @Test
    default void aTokenThatHasLostATypeOpensTheFilesOfTheOthersOnly() {
        ExportClient patientsOnly = group().testClient("system/Patient.rs");

        assertInsufficient(patientsOnly, Door.toFile(group().ofTestClient(), "Observation"));
        assertInsufficient(patientsOnly, Door.toStatus(group().ofTestClient()));
        assertReadable(patientsOnly, group().ofTestClient());
        assertOwned(group().testClient("system/Patient.read system/Observation.rs"), group().ofTestClient());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "system/Patient.read",
                "system/Patient.rs",
                "system/Patient.*",
                "system/Patient.cruds",
                "system/*.read",
                "system/*.rs",
                "system/*.*",
                "system/*.cruds",
                "openid system/Patient.r system/Patient.s"
            })
    default void everySpellingOfReadingCovers(String scope) {
        assertReadable(group().testClient(scope), group().ofTestClient());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "openid fhirUser",
                "system/Patient.r",
                "system/Patient.s",
                "system/Patient.cud",
                "system/Patient.write",
                "system/Patient.rs?gender=female",
                "system/patient.rs",
                "system/Observation.rs"
            })
    default void lessThanReadingAndSearchingAllPatientsCoversNone(String scope) {
        assertInsufficient(group().testClient(scope), Door.toFile(group().ofTestClient(), "Patient"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"user/Patient.rs", "user/*.cruds", "patient/Patient.rs", "patient/*.read"})
    default void whatAUserOrAPatientMaySeeCoversNothing(String scope) {
        assertForbidden(group().testClient(scope), group().ofTestClient());
    }
}
