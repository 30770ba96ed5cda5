/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.authorization.Refusals.assertInvalidToken;

import com.nimbusds.jwt.JWTClaimsSet;
import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Tokens as the documents of widespread OAuth servers show them, signed, and what is understood of them. */
class TokenShapesTest {

    private static final String API = "https://fhir.example.org/fhir";
    private static final String CLIENT = "0oae3xample4Client7";

    @AutoClose
    private final TestIssuer keys = new TestIssuer();

    private Caller callerOf(String issuer, TokenSettings settings, Map<String, Object> claims) {
        AccessTokens tokens = new AccessTokens(
                List.of(new TrustedIssuer(issuer, URI.create(keys.url() + "/jwks"), API)), settings, Clock.systemUTC());
        JWTClaimsSet.Builder token = new JWTClaimsSet.Builder()
                .issuer(issuer)
                .issueTime(Date.from(Instant.now()))
                .expirationTime(Date.from(Instant.now().plusSeconds(300)));
        claims.forEach(token::claim);
        return tokens.callerOf(TestIssuer.signed(keys.key(), token.build()));
    }

    private Caller callerOf(String issuer, Map<String, Object> claims) {
        return callerOf(issuer, TokenSettings.DEFAULTS, claims);
    }

    private static void assertClient(Caller caller, String claim) {
        assertThat(caller.clientId()).isEqualTo(CLIENT);
        assertThat(caller.clientClaim()).isEqualTo(claim);
        assertThat(caller.user()).isNull();
        assertThat(caller.scopes().coversReading("Patient")).isTrue();
        assertThat(caller.scopes().coversReading("Observation")).isFalse();
    }

    /** Of a service account: the client in {@code azp}, the account's own id in {@code sub}, a list of audiences. */
    @Test
    void keycloak() {
        String issuer = "https://keycloak.example.org/realms/hospital";
        Map<String, Object> token = Map.of(
                "jti", "trrtcc:ff8aa368-6ea2-0088-554a-d19161e60094",
                "aud", List.of(API, "account"),
                "sub", "0408e50a-744d-4d2e-ae08-ecba08996414",
                "typ", "Bearer",
                "azp", CLIENT,
                "acr", "1",
                "realm_access", Map.of("roles", List.of("default-roles-hospital")),
                "scope", "system/Patient.rs profile email",
                "clientHost", "192.0.2.1",
                "preferred_username", "service-account-" + CLIENT);

        assertClient(callerOf(issuer, token), "azp");
    }

    /** Of the same realm, with the audience mapper put into ID tokens too. */
    @Test
    void anIdTokenOfKeycloakGivesNoAccess() {
        assertInvalidToken(() -> callerOf(
                "https://keycloak.example.org/realms/hospital",
                Map.of("aud", List.of(CLIENT, API), "sub", "somebody", "typ", "ID", "azp", CLIENT)));
    }

    /** Of a custom authorization server: the client in {@code cid}, scopes as a list in {@code scp}. */
    @Test
    void okta() {
        Map<String, Object> token = Map.of(
                "ver",
                1,
                "jti",
                "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE",
                "aud",
                API,
                "cid",
                CLIENT,
                "scp",
                List.of("system/Patient.rs"),
                "sub",
                CLIENT);

        assertClient(callerOf("https://example.okta.com/oauth2/default", token), "cid");
    }

    /** Of an application, version 1: the issuer with a slash, the client in {@code appid}, its app roles as scopes. */
    @Test
    void entraIdVersionOne() {
        Map<String, Object> token = Map.ofEntries(
                Map.entry("aud", API + "/"),
                Map.entry("aio", "E2NgYHjxZ7u2Zk3v"),
                Map.entry("appid", CLIENT),
                Map.entry("appidacr", "2"),
                Map.entry("idp", "https://sts.windows.net/0f3ef1a0-0000-4000-8000-000000000001/"),
                Map.entry("oid", "0e3ab6f5-0000-4000-8000-000000000002"),
                Map.entry("roles", List.of("system/Patient.rs")),
                Map.entry("sub", "0e3ab6f5-0000-4000-8000-000000000002"),
                Map.entry("tid", "0f3ef1a0-0000-4000-8000-000000000001"),
                Map.entry("ver", "1.0"));
        String issuer = "https://sts.windows.net/0f3ef1a0-0000-4000-8000-000000000001/";
        TokenSettings rolesToo =
                new TokenSettings(List.of("scope", "scp", "roles"), TokenSettings.DEFAULTS.outageTolerance(), false);

        assertClient(callerOf(issuer, rolesToo, token), "appid");
        assertThat(callerOf(issuer, token).scopes().coversReading("Patient")).isFalse();
    }

    /** Version 2: the client in {@code azp}; scopes that a user has granted are text in {@code scp}. */
    @Test
    void entraIdVersionTwo() {
        Map<String, Object> token = Map.of(
                "aud", API,
                "azp", CLIENT,
                "azpacr", "1",
                "oid", "0e3ab6f5-0000-4000-8000-000000000002",
                "scp", "system/Patient.rs User.Read",
                "sub", "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ",
                "tid", "0f3ef1a0-0000-4000-8000-000000000001",
                "ver", "2.0");

        assertClient(
                callerOf("https://login.microsoftonline.com/0f3ef1a0-0000-4000-8000-000000000001/v2.0", token), "azp");
    }

    /** Of a machine: the issuer with a slash, the client in {@code azp}, and with a suffix in {@code sub}. */
    @Test
    void auth0() {
        Map<String, Object> token = Map.of(
                "sub",
                CLIENT + "@clients",
                "aud",
                API,
                "gty",
                "client-credentials",
                "azp",
                CLIENT,
                "scope",
                "system/Patient.rs");

        assertClient(callerOf("https://example.eu.auth0.com/", token), "azp");
    }

    /** With RBAC on, the permissions are in a list of their own. */
    @Test
    void auth0WithPermissions() {
        Map<String, Object> token = Map.of(
                "sub", CLIENT + "@clients", "aud", API, "azp", CLIENT, "permissions", List.of("system/Patient.rs"));
        TokenSettings permissions =
                new TokenSettings(List.of("permissions"), TokenSettings.DEFAULTS.outageTolerance(), false);

        assertClient(callerOf("https://example.eu.auth0.com/", permissions, token), "azp");
    }

    /** Of client credentials: nothing but {@code sub} names the client; scopes are a list in {@code scope}. */
    @Test
    void springAuthorizationServer() {
        Map<String, Object> token = Map.of(
                "sub",
                CLIENT,
                "aud",
                API,
                "nbf",
                new Date(),
                "scope",
                List.of("system/Patient.rs"),
                "jti",
                "c1d1b0d5-0d25-4a9d-9a0a-3f2f1c3f6f3e");

        assertClient(callerOf("https://auth.example.org", token), "sub");
    }
}
