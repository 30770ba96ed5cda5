/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.List;
import java.util.function.UnaryOperator;
import org.hapibinary.problem.Problem;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class JwtVerifierTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final String ISSUER = "https://issuer.example.org";
    private static final String AUDIENCE = "https://fhir.example.org/fhir";

    private static final TrustedIssuer TRUSTED = new TrustedIssuer(ISSUER, null, AUDIENCE);

    private static RSAKey key;
    private static JwtVerifier verifier;

    @BeforeAll
    static void makeKey() throws JOSEException {
        key = new RSAKeyGenerator(2048).keyID("k1").generate();
        verifier = new JwtVerifier(
                TRUSTED, new ImmutableJWKSet<>(new JWKSet(key.toPublicJWK())), Clock.fixed(NOW, ZoneOffset.UTC));
    }

    private static JWTClaimsSet claims(UnaryOperator<JWTClaimsSet.Builder> change) {
        return change.apply(new JWTClaimsSet.Builder()
                        .issuer(ISSUER)
                        .audience(AUDIENCE)
                        .subject("sub")
                        .claim("client_id", "client")
                        .claim("scope", "system/*.rs")
                        .expirationTime(Date.from(NOW.plusSeconds(300))))
                .build();
    }

    private static String signed(RSAKey by, UnaryOperator<JWTClaimsSet.Builder> change) {
        try {
            SignedJWT jwt = new SignedJWT(
                    new JWSHeader.Builder(JWSAlgorithm.RS256)
                            .keyID(by.getKeyID())
                            .build(),
                    claims(change));
            jwt.sign(new RSASSASigner(by));
            return jwt.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Caller verify(UnaryOperator<JWTClaimsSet.Builder> change) {
        return verifier.verify(signed(key, change)).callerAt(NOW);
    }

    private static void assertRefused(String token) {
        assertThatThrownBy(() -> verifier.verify(token)).isInstanceOfSatisfying(Problem.class, problem -> {
            assertThat(problem.getStatusCode()).isEqualTo(401);
            assertThat(problem.getResponseHeaders().get("WWW-Authenticate"))
                    .singleElement()
                    .asString()
                    .startsWith("Bearer realm=\"fhir\", error=\"invalid_token\", error_description=\"")
                    .matches("[\\x20-\\x7e]+");
        });
    }

    private static void assertRefused(UnaryOperator<JWTClaimsSet.Builder> change) {
        assertRefused(signed(key, change));
    }

    @Test
    void aGoodTokenNamesTheCaller() {
        assertThat(verify(claims -> claims)).satisfies(caller -> {
            assertThat(caller.issuer()).isEqualTo(ISSUER);
            assertThat(caller.clientId()).isEqualTo("client");
            assertThat(caller.user()).isNull();
            assertThat(caller.scopes()).hasToString("system/*.rs");
        });
    }

    @Test
    void theClientIsClientIdElseAzpElseSub() {
        assertThat(verify(claims -> claims.claim("azp", "other")).clientId()).isEqualTo("client");
        assertThat(verify(claims -> claims.claim("client_id", null).claim("azp", "other"))
                        .clientId())
                .isEqualTo("other");
        assertThat(verify(claims -> claims.claim("client_id", null)).clientId()).isEqualTo("sub");
        assertRefused(claims -> claims.claim("client_id", null).subject(null));
    }

    @Test
    void aUserLevelTokenNamesTheUserToo() {
        assertThat(verify(claims -> claims.claim("scope", "user/*.rs")).user()).isEqualTo("sub");
    }

    @Test
    void scopesMayBeAList() {
        assertThat(verify(claims -> claims.claim("scope", List.of("system/Patient.rs", "openid")))
                        .scopes())
                .hasToString("system/Patient.rs openid");
    }

    @Test
    void sixtySecondsOfClockSkewAreAllowedAndNotMore() {
        assertThat(verify(claims -> claims.expirationTime(Date.from(NOW.minusSeconds(59)))))
                .isNotNull();
        assertRefused(claims -> claims.expirationTime(Date.from(NOW.minusSeconds(61))));
        assertThat(verify(claims -> claims.notBeforeTime(Date.from(NOW.plusSeconds(59)))))
                .isNotNull();
        assertRefused(claims -> claims.notBeforeTime(Date.from(NOW.plusSeconds(61))));
    }

    @Test
    void issuerAudienceAndExpiryMustBeThereAndRight() {
        assertRefused(claims -> claims.issuer("https://other.example.org"));
        assertRefused(claims -> claims.issuer(null));
        assertRefused(claims -> claims.audience("https://other.example.org/fhir"));
        assertRefused(claims -> claims.audience((String) null));
        assertRefused(claims -> claims.expirationTime(null));
        assertThat(verify(claims -> claims.audience(List.of("https://x.example.org", AUDIENCE))))
                .isNotNull();
    }

    @Test
    void onlyAKeyOfTheIssuerSignsAToken() throws JOSEException {
        assertRefused(signed(new RSAKeyGenerator(2048).keyID("k2").generate(), claims -> claims));
        assertRefused(signed(new RSAKeyGenerator(2048).keyID("k1").generate(), claims -> claims));
    }

    @Test
    void anUnsignedTokenIsRefused() {
        assertRefused(new PlainJWT(claims(claims -> claims)).serialize());
    }

    @Test
    void thePublicKeyIsNoSecret() throws JOSEException {
        SignedJWT jwt = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("k1").build(), claims(claims -> claims));
        jwt.sign(new MACSigner(key.toRSAPublicKey().getEncoded()));

        assertRefused(jwt.serialize());
    }

    @Test
    void whatIsNoTokenIsRefused() {
        assertRefused("nonsense");
        assertRefused("a.b.c");
        assertRefused(signed(key, claims -> claims) + "x");
    }

    /** As Keycloak 26 makes them for a service account: the client in {@code azp}, the account's own id in {@code sub}. */
    @Test
    void aKeycloakTokenNamesItsClient() {
        Caller caller = verify(claims -> new JWTClaimsSet.Builder()
                .issuer(ISSUER)
                .audience(AUDIENCE)
                .subject("0408e50a-744d-4d2e-ae08-ecba08996414")
                .issueTime(Date.from(NOW))
                .expirationTime(Date.from(NOW.plusSeconds(300)))
                .jwtID("trrtcc:ff8aa368-6ea2-0088-554a-d19161e60094")
                .claim("typ", "Bearer")
                .claim("azp", "demo-jwt-client")
                .claim("scope", "system/*.rs profile email"));

        assertThat(caller.clientId()).isEqualTo("demo-jwt-client");
        assertThat(caller.user()).isNull();
        assertThat(caller.scopes().coversReading("Patient")).isTrue();
    }
}
