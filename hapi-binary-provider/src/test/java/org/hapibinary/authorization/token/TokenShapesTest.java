/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.authorization.token.Refusals.assertInvalidToken;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.net.URI;
import java.text.ParseException;
import java.time.Clock;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.hapibinary.authorization.Caller;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tokens as the documents of widespread OAuth servers show them, signed, and what is understood of them. */
class TokenShapesTest {

    private static final String API = "https://fhir.example.org/fhir";
    private static final String CLIENT = "0oae3xample4Client7";

    @AutoClose
    private final TestIssuer keys = new TestIssuer();

    private AccessTokens tokensOf(String issuer, TokenSettings settings) {
        return new AccessTokens(
                List.of(new TrustedIssuer(issuer, URI.create(keys.url() + "/jwks"), API)), settings, Clock.systemUTC());
    }

    private Caller callerOf(String issuer, TokenSettings settings, Map<String, Object> claims) {
        JWTClaimsSet.Builder token = new JWTClaimsSet.Builder()
                .issuer(issuer)
                .issueTime(Date.from(Instant.now()))
                .expirationTime(Date.from(Instant.now().plusSeconds(300)));
        claims.forEach(token::claim);
        return tokensOf(issuer, settings).callerOf(TestIssuer.signed(keys.key(), token.build()));
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

    /**
     * A row of the table.
     *
     * @param type the header's {@code typ}; null without one
     * @param claims JSON, with apostrophes for quotation marks
     * @param clientClaim the claim that names the client
     */
    record Shape(String name, @Nullable String type, String issuer, String claims, String clientClaim) {

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Shape> shapes() {
        String entraTenant = "0f3ef1a0-0000-4000-8000-000000000001";
        return Stream.of(
                new Shape(
                        "Keycloak, access token header type at+jwt",
                        "at+jwt",
                        "https://keycloak.example.org/realms/hospital",
                        "'aud':'API','typ':'Bearer','azp':'CLIENT','client_id':'CLIENT','scope':'SCOPE',"
                                + "'sub':'0408e50a-744d-4d2e-ae08-ecba08996414'",
                        "client_id"),
                new Shape(
                        "Keycloak, a slash at the end of one of the audiences",
                        "JWT",
                        "https://keycloak.example.org/realms/hospital",
                        "'aud':['account','API/'],'typ':'Bearer','azp':'CLIENT','scope':'email SCOPE','sub':'0408e50a'",
                        "azp"),
                new Shape(
                        "Okta, without typ",
                        null,
                        "https://example.okta.com/oauth2/default",
                        "'ver':1,'jti':'AT.0mP4JKAZ','aud':'API','cid':'CLIENT','scp':['SCOPE'],'sub':'CLIENT'",
                        "cid"),
                new Shape(
                        "Okta, scopes as text",
                        "JWT",
                        "https://example.okta.com/oauth2/aus1example",
                        "'ver':1,'aud':['API'],'cid':'CLIENT','scp':'openid SCOPE','uid':'00u1',"
                                + "'sub':'user@example.org'",
                        "cid"),
                new Shape(
                        "Entra ID version 1, granted by a user",
                        "JWT",
                        "https://sts.windows.net/" + entraTenant + "/",
                        "'aud':'API','appid':'CLIENT','appidacr':'0','scp':'SCOPE user_impersonation','ver':'1.0',"
                                + "'tid':'" + entraTenant + "','upn':'user@example.org','sub':'HKZpfaHyWadeOouYlitjrI'",
                        "appid"),
                new Shape(
                        "Entra ID version 2, a list of audiences",
                        "JWT",
                        "https://login.microsoftonline.com/" + entraTenant + "/v2.0",
                        "'aud':['API/'],'azp':'CLIENT','azpacr':'2','scp':'SCOPE','ver':'2.0','tid':'" + entraTenant
                                + "','sub':'HKZpfaHyWadeOouYlitjrI'",
                        "azp"),
                new Shape(
                        "Auth0, profile of RFC 9068",
                        "at+jwt",
                        "https://example.eu.auth0.com/",
                        "'aud':['API','https://example.eu.auth0.com/userinfo'],'client_id':'CLIENT','scope':'openid"
                                + " SCOPE',"
                                + "'sub':'CLIENT@clients','jti':'x'",
                        "client_id"),
                new Shape(
                        "Spring Authorization Server, a list of audiences",
                        null,
                        "https://auth.example.org",
                        "'sub':'CLIENT','aud':['API','CLIENT'],'nbf':1700000000,'scope':['openid','SCOPE']",
                        "sub"));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void tokensOfAllSorts(Shape shape) throws JOSEException, ParseException {
        String claims = shape.claims
                .replace('\'', '"')
                .replace("API", API)
                .replace("CLIENT", CLIENT)
                .replace("SCOPE", "system/Patient.rs");

        assertClient(tokensOf(shape.issuer, TokenSettings.DEFAULTS).callerOf(signed(shape, claims)), shape.clientClaim);
    }

    private String signed(Shape shape, String claims) throws JOSEException, ParseException {
        JWTClaimsSet all = new JWTClaimsSet.Builder(JWTClaimsSet.parse("{" + claims + "}"))
                .issuer(shape.issuer)
                .expirationTime(Date.from(Instant.now().plusSeconds(300)))
                .build();
        SignedJWT jwt = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.ES256)
                        .keyID(keys.key().getKeyID())
                        .type(shape.type == null ? null : new JOSEObjectType(shape.type))
                        .build(),
                all);
        jwt.sign(new ECDSASigner(keys.key()));
        return jwt.serialize();
    }

    /** Its keys are Okta's own, and Okta may change what is in it. */
    @Test
    void aTokenOfOktasOrgAuthorizationServerIsForOktaOnly() throws JOSEException, ParseException {
        String issuer = "https://example.okta.com";
        Shape shape = new Shape("org", "application/okta-internal-at+jwt", issuer, "", "cid");
        String token = signed(shape, "\"aud\":\"" + API + "\",\"cid\":\"" + CLIENT + "\"");

        assertInvalidToken(() -> tokensOf(issuer, TokenSettings.DEFAULTS).callerOf(token));
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

    /** Version 2, of an application, as docs/authorization.md sets it up: made out to the server's application id. */
    @Test
    void entraIdVersionTwoWithAppRoles() {
        assertClient(callerByAppRoles(Map.of("roles", List.of("system/Patient.rs"))), "azp");
        assertThat(callerByAppRoles(Map.of("roles", List.of("system/*.rs")))
                        .scopes()
                        .coversReading("Observation"))
                .isTrue();
    }

    /** Each application of the tenant gets it, unless the server's registration demands an assignment. */
    @Test
    void aTokenOfEntraIdWithoutAppRolesCoversNothing() {
        assertThat(callerByAppRoles(Map.of()).scopes().coversReading("Patient")).isFalse();
    }

    /** It has the scopes that the user has granted, and those count. */
    @Test
    void theAppRolesOfAUserOfEntraIdGiveNothing() {
        Map<String, Object> granted = Map.of("scp", "access_as_user", "roles", List.of("system/*.rs"));

        assertThat(callerByAppRoles(granted).scopes().coversReading("Patient")).isFalse();
    }

    private Caller callerByAppRoles(Map<String, Object> permissions) {
        String issuer = "https://login.microsoftonline.com/0f3ef1a0-0000-4000-8000-000000000001/v2.0";
        String server = "6e74172b-0000-4000-8000-000000000003";
        JWTClaimsSet.Builder token = new JWTClaimsSet.Builder()
                .issuer(issuer)
                .audience(server)
                .subject("0e3ab6f5-0000-4000-8000-000000000002")
                .claim("oid", "0e3ab6f5-0000-4000-8000-000000000002")
                .claim("aio", "E2NgYHjxZ7u2Zk3v")
                .claim("azp", CLIENT)
                .claim("azpacr", "2")
                .claim("tid", "0f3ef1a0-0000-4000-8000-000000000001")
                .claim("uti", "fqiBqXLPj0eQa82S-IYFAA")
                .claim("ver", "2.0")
                .issueTime(Date.from(Instant.now()))
                .notBeforeTime(Date.from(Instant.now()))
                .expirationTime(Date.from(Instant.now().plusSeconds(300)));
        permissions.forEach(token::claim);
        TokenSettings rolesToo =
                new TokenSettings(List.of("scope", "scp", "roles"), TokenSettings.DEFAULTS.outageTolerance(), false);
        AccessTokens tokens = new AccessTokens(
                List.of(new TrustedIssuer(issuer, URI.create(keys.url() + "/jwks"), server)),
                rolesToo,
                Clock.systemUTC());
        return tokens.callerOf(TestIssuer.signed(keys.key(), token.build()));
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
