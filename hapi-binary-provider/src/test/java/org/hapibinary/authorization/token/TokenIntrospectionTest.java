/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.authorization.token.Refusals.assertInvalidToken;
import static org.hapibinary.authorization.token.Refusals.assertUnavailable;

import com.nimbusds.jwt.JWTClaimsSet;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.hapibinary.authorization.Caller;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Opaque tokens, and which tokens are taken for such. */
class TokenIntrospectionTest {

    private static final String AUDIENCE = "https://fhir.example.org/fhir";
    private static final String SCOPE = "system/*.rs";

    @AutoClose
    private final TestIssuer issuer = new TestIssuer();

    private Instant now = Instant.now();
    private final TrustedIssuer trusted = trusted(issuer);
    private final AccessTokens tokens = accessTokens(trusted);

    private static TrustedIssuer trusted(TestIssuer issuer) {
        return new TrustedIssuer(issuer.url(), null, AUDIENCE).withIntrospection(endpoint(issuer.introspectionUri()));
    }

    private static IntrospectionEndpoint endpoint(URI uri) {
        return new IntrospectionEndpoint(uri, TestIssuer.INTROSPECTION_CLIENT, TestIssuer.INTROSPECTION_SECRET);
    }

    private AccessTokens accessTokens(TrustedIssuer... issuers) {
        InstantSource time = () -> now;
        return new AccessTokens(List.of(issuers), TokenSettings.DEFAULTS, time.withZone(ZoneOffset.UTC));
    }

    private String activeToken(UnaryOperator<JWTClaimsSet.Builder> change) {
        return issuer.opaqueToken(
                issuer.claims(AUDIENCE, "client", SCOPE, claims -> change.apply(claims.claim("active", true)))
                        .toString());
    }

    private Caller callerOf(UnaryOperator<JWTClaimsSet.Builder> change) {
        return tokens.callerOf(activeToken(change));
    }

    private void assertRefused(String token) {
        assertInvalidToken(() -> tokens.callerOf(token));
    }

    private void assertRefused(UnaryOperator<JWTClaimsSet.Builder> change) {
        assertRefused(activeToken(change));
    }

    @Test
    void anActiveTokenNamesTheCaller() {
        assertThat(callerOf(claims -> claims.subject("sub"))).satisfies(caller -> {
            assertThat(caller.issuer()).isEqualTo(issuer.url());
            assertThat(caller.clientId()).isEqualTo("client");
            assertThat(caller.user()).isNull();
            assertThat(caller.scopes()).hasToString(SCOPE);
        });
    }

    @Test
    void theClientIsClientIdElseAzpElseSub() {
        assertThat(callerOf(claims -> claims.claim("azp", "other").subject("sub"))
                        .clientId())
                .isEqualTo("client");
        assertThat(callerOf(claims -> claims.claim("client_id", null)
                                .claim("azp", "other")
                                .subject("sub"))
                        .clientId())
                .isEqualTo("other");
        assertThat(callerOf(claims -> claims.claim("client_id", null).subject("sub"))
                        .clientId())
                .isEqualTo("sub");
        assertRefused(claims -> claims.claim("client_id", null).subject(null));
    }

    @Test
    void aUserLevelTokenNamesTheUserToo() {
        assertThat(callerOf(claims -> claims.claim("scope", "user/*.rs").subject("sub"))
                        .user())
                .isEqualTo("sub");
    }

    @Test
    void anAnswerWithoutScopesAllowsNothing() {
        assertThat(callerOf(claims -> claims.claim("scope", null)).scopes()).hasToString("");
    }

    @Test
    void aTokenThatIsNotActiveIsRefused() {
        assertRefused("unknown");
        assertRefused(issuer.opaqueToken("{\"active\":false}"));
        assertRefused(claims -> claims.claim("active", false));
    }

    @Test
    void aTokenMustBeMadeOutToThisServer() {
        assertRefused(claims -> claims.audience("https://other.example.org/fhir"));
        assertRefused(claims -> claims.audience((String) null));
        assertThat(callerOf(claims -> claims.audience(List.of("https://x.example.org", AUDIENCE))))
                .isNotNull();
    }

    @Test
    void theAnswersOfAnIssuerSpeakForItselfOnly() {
        try (TestIssuer other = new TestIssuer()) {
            AccessTokens both = accessTokens(trusted, trusted(other));
            AccessTokens onlyOneAsked = accessTokens(trusted, new TrustedIssuer(other.url(), null, AUDIENCE));

            for (AccessTokens asking : List.of(tokens, both, onlyOneAsked)) {
                assertInvalidToken(() -> asking.callerOf(activeToken(claims -> claims.issuer(other.url()))));
                assertInvalidToken(() -> asking.callerOf(activeToken(claims -> claims.issuer(issuer.url() + "/"))));
                assertThat(asking.callerOf(activeToken(claims -> claims.issuer(null)))
                                .issuer())
                        .isEqualTo(issuer.url());
            }
            String ofOther = other.opaqueToken("{\"active\":true,\"aud\":\"" + AUDIENCE + "\",\"client_id\":\"c\"}");
            assertThat(both.callerOf(ofOther).issuer()).isEqualTo(other.url());
            assertInvalidToken(() -> onlyOneAsked.callerOf(ofOther));
        }
    }

    /** The first one is asked about it, since a token does not say whose it is. */
    @Test
    void noIssuerIsAskedAboutATokenThatAnotherOneHasCalledItsOwn() {
        try (TestIssuer other = new TestIssuer()) {
            AccessTokens both = accessTokens(trusted, trusted(other));

            assertThat(both.callerOf(activeToken(claims -> claims))).isNotNull();
            assertInvalidToken(() -> both.callerOf(activeToken(claims -> claims.audience("x"))));
            assertThat(other.introspections()).isZero();

            assertInvalidToken(() -> both.callerOf("unknown"));
            assertThat(other.introspections()).isEqualTo(1);
        }
    }

    @Test
    void aTokenMustBeAnAccessToken() {
        for (String type : List.of("Bearer", "bearer", "BEARER")) {
            assertThat(callerOf(claims -> claims.claim("token_type", type))).isNotNull();
        }
        for (String type : List.of("refresh_token", "Refresh", "N_A", "mac", "id_token")) {
            assertRefused(claims -> claims.claim("token_type", type));
        }
        assertRefused(claims -> claims.claim("token_type", "Bearer").claim("typ", "Refresh"));
        assertRefused(claims -> claims.claim("typ", "Offline"));
    }

    @Test
    void aTokenThatIsBoundToItsClientIsNotForWhoeverBearsIt() {
        assertRefused(claims -> claims.claim("cnf", Map.of("jkt", "thumbprint")));
        assertRefused(claims -> claims.claim("cnf", Map.of("jkt", "thumbprint")).claim("token_type", "DPoP"));
        assertRefused(claims -> claims.claim("cnf", Map.of("x5t#S256", "thumbprint")));
        assertRefused(claims -> claims.claim("token_type", "DPoP"));
    }

    @Test
    void scopesMayBeInScp() {
        assertThat(callerOf(claims -> claims.claim("scope", null).claim("scp", List.of("system/Patient.rs")))
                        .scopes())
                .hasToString("system/Patient.rs");
    }

    @Test
    void aSlashAtTheEndOfAnAudienceMakesNoDifference() {
        assertThat(callerOf(claims -> claims.audience(AUDIENCE + "/"))).isNotNull();
    }

    @Test
    void aTokenIsRefusedOutsideOfItsTime() {
        assertRefused(claims -> claims.expirationTime(Date.from(now.minusSeconds(61))));
        assertRefused(claims -> claims.notBeforeTime(Date.from(now.plusSeconds(61))));
        assertThat(callerOf(claims -> claims.expirationTime(null))).isNotNull();
    }

    @Test
    void aTokenSeenBeforeIsNotAskedAboutAgain() {
        String token = activeToken(claims -> claims);

        assertThat(tokens.callerOf(token)).isEqualTo(tokens.callerOf(token));

        assertThat(issuer.introspections()).isEqualTo(1);
    }

    @Test
    void aRememberedTokenExpires() {
        Instant expiry = now.truncatedTo(ChronoUnit.SECONDS).plusSeconds(300);
        String token = activeToken(claims -> claims.expirationTime(Date.from(expiry)));
        assertThat(tokens.callerOf(token).clientId()).isEqualTo("client");

        now = expiry.plusSeconds(59);
        assertThat(tokens.callerOf(token).clientId()).isEqualTo("client");

        now = expiry.plusSeconds(60);
        assertRefused(token);
        assertThat(issuer.introspections()).isEqualTo(1);
    }

    @Test
    void aRefusedTokenIsNotAskedAboutAgainForAMoment() {
        assertRefused("made-up");
        assertRefused("made-up");
        assertRefused("made-up");

        assertThat(issuer.introspections()).isEqualTo(1);
    }

    @Test
    void anOutageIsNotRemembered() {
        String token = activeToken(claims -> claims);
        issuer.goAway();
        assertUnavailable(() -> tokens.callerOf(token));

        issuer.comeBack();

        assertThat(tokens.callerOf(token).clientId()).isEqualTo("client");
    }

    @Test
    void anEndpointThatRejectsThisServerIsUnavailable() {
        AccessTokens rejected = accessTokens(trusted.withIntrospection(
                new IntrospectionEndpoint(issuer.introspectionUri(), TestIssuer.INTROSPECTION_CLIENT, "wrong")));

        assertUnavailable(() -> rejected.callerOf(activeToken(claims -> claims)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "garbage", "<html></html>", "{", "null", "[]", "{}", "{\"active\":\"true\"}"})
    void anAnswerThatSaysNothingIsUnavailable(String answer) {
        assertUnavailable(() -> tokens.callerOf(issuer.opaqueToken(answer)));
    }

    @ParameterizedTest
    @CsvSource({"500, text/html", "500, application/json", "404, application/json", "200, text/html"})
    void anAnswerThatOnlyLooksLikeOneIsUnavailable(int status, String contentType) throws IOException {
        byte[] body = ("{\"active\":true,\"client_id\":\"client\",\"aud\":\"" + AUDIENCE + "\"}")
                .getBytes(StandardCharsets.UTF_8);
        HttpServer broken = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        broken.createContext("/", exchange -> {
            exchange.getResponseHeaders().set("Content-Type", contentType);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        broken.start();
        try {
            URI uri = URI.create("http://localhost:" + broken.getAddress().getPort() + "/");
            AccessTokens asking = accessTokens(trusted.withIntrospection(endpoint(uri)));

            assertUnavailable(() -> asking.callerOf("opaque"));
        } finally {
            broken.stop(0);
        }
    }

    @Test
    void withoutAnEndpointOpaqueTokensAreRefused() {
        AccessTokens jwtsOnly = accessTokens(trusted.withIntrospection(null));

        assertInvalidToken(() -> jwtsOnly.callerOf(activeToken(claims -> claims)));
        assertThat(issuer.introspections()).isZero();
    }

    @Test
    void noSignedJwtIsSentToTheEndpoint() {
        JWTClaimsSet claims = issuer.claims(AUDIENCE, "client", SCOPE, unchanged -> unchanged);
        String jwt = TestIssuer.signed(issuer.key(), claims);

        assertThat(tokens.callerOf(jwt).clientId()).isEqualTo("client");
        assertRefused(TestIssuer.signed(TestIssuer.newKey("unknown"), claims));
        try (TestIssuer stranger = new TestIssuer()) {
            assertRefused(stranger.token(AUDIENCE, "client", SCOPE));
        }

        assertThat(issuer.introspections()).isZero();
    }

    @Test
    void theSecretIsNotShown() {
        String secret = UUID.randomUUID().toString();

        assertThat(new IntrospectionEndpoint(issuer.introspectionUri(), "fhir-server", secret))
                .asString()
                .contains("fhir-server")
                .doesNotContain(secret);
    }
}
