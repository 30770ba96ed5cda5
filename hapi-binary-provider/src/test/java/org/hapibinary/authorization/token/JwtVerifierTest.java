/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.authorization.token.Refusals.assertInvalidToken;

import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSAEncrypter;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jwt.EncryptedJWT;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.hapibinary.authorization.Caller;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JwtVerifierTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final String ISSUER = "https://issuer.example.org";
    private static final String AUDIENCE = "https://fhir.example.org/fhir";

    private static final TrustedIssuer TRUSTED = new TrustedIssuer(ISSUER, null, AUDIENCE);

    private static RSAKey key;
    private static ECKey ecKey;
    private static JwtVerifier verifier;

    @BeforeAll
    static void makeKey() throws JOSEException {
        key = new RSAKeyGenerator(2048).keyID("k1").generate();
        ecKey = new ECKeyGenerator(Curve.P_256).keyID("e1").generate();
        verifier = verifierOf(TRUSTED, TokenSettings.DEFAULTS);
    }

    private static JwtVerifier verifierOf(TrustedIssuer issuer, TokenSettings settings) {
        return new JwtVerifier(
                issuer,
                settings,
                new ImmutableJWKSet<>(new JWKSet(List.of(key, ecKey)).toPublicJWKSet()),
                Clock.fixed(NOW, ZoneOffset.UTC));
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
            return signed(new RSASSASigner(by), header(JWSAlgorithm.RS256, by), change);
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String signed(JWSSigner by, JWSHeader.Builder header) throws JOSEException {
        return signed(by, header, claims -> claims);
    }

    private static String signed(JWSSigner by, JWSHeader.Builder header, UnaryOperator<JWTClaimsSet.Builder> change)
            throws JOSEException {
        SignedJWT jwt = new SignedJWT(header.build(), claims(change));
        jwt.sign(by);
        return jwt.serialize();
    }

    private static JWSHeader.Builder header(JWSAlgorithm algorithm, JWK key) {
        return new JWSHeader.Builder(algorithm).keyID(key.getKeyID());
    }

    private static Caller verify(UnaryOperator<JWTClaimsSet.Builder> change) {
        return verifier.verify(signed(key, change)).callerAt(NOW);
    }

    private static void assertVerifies(String token) {
        assertThat(verifier.verify(token).callerAt(NOW).clientId()).isEqualTo("client");
    }

    private static void assertRefused(String token) {
        assertInvalidToken(() -> verifier.verify(token));
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
    void theClientIsNamedByTheFirstOfTheseClaimsAndTheClaimIsRemembered() {
        List<String> order = List.of("client_id", "azp", "appid", "cid", "sub");
        for (int first = 0; first < order.size(); first++) {
            List<String> there = order.subList(first, order.size());
            Caller caller = verify(claims -> {
                order.forEach(claim -> claims.claim(claim, there.contains(claim) ? "by-" + claim : null));
                return claims;
            });

            assertThat(caller.clientId()).isEqualTo("by-" + there.get(0));
            assertThat(caller.clientClaim()).isEqualTo(there.get(0));
        }
        assertThat(verify(claims -> claims.claim("client_id", " ").claim("azp", "other"))
                        .clientId())
                .isEqualTo("other");
        assertRefused(claims -> claims.claim("client_id", null).subject(null));
        assertRefused(claims -> claims.claim("client_id", List.of("client")));
        assertRefused(claims -> claims.claim("client_id", 17));
    }

    @Test
    void aSlashAtTheEndOfAnAudienceMakesNoDifference() {
        assertThat(verify(claims -> claims.audience(AUDIENCE + "/"))).isNotNull();
        assertThat(verify(claims -> claims.audience(List.of("x", AUDIENCE + "/"))))
                .isNotNull();
        assertRefused(claims -> claims.audience(AUDIENCE + "//"));
        assertRefused(claims -> claims.audience(AUDIENCE + "/Patient"));
        JwtVerifier withSlash = verifierOf(new TrustedIssuer(ISSUER, null, AUDIENCE + "/"), TokenSettings.DEFAULTS);
        assertThat(withSlash.verify(signed(key, claims -> claims))).isNotNull();
        assertThat(withSlash.verify(signed(key, claims -> claims.audience(AUDIENCE + "/"))))
                .isNotNull();
    }

    @Test
    void aTokenThatIsBoundToItsClientIsNotForWhoeverBearsIt() {
        for (Map<String, Object> confirmation : List.<Map<String, Object>>of(
                Map.of("jkt", "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"),
                Map.of("x5t#S256", "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"),
                Map.of("jkt", "x", "x5t#S256", "y"),
                Map.of("jwk", Map.of("kty", "EC")),
                Map.of("kid", "key"),
                Map.of())) {
            assertInvalidToken(() -> verify(claims -> claims.claim("cnf", confirmation)));
        }
        assertInvalidToken(() -> verify(claims -> claims.claim("cnf", "key")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ID", "Refresh", "Offline", "Logout", "id"})
    void aTokenThatSaysItIsNoAccessTokenIsNone(String type) {
        assertRefused(claims -> claims.claim("typ", type));
    }

    @Test
    void aUserLevelTokenNamesTheUserToo() {
        assertThat(verify(claims -> claims.claim("scope", "user/*.rs")).user()).isEqualTo("sub");
        assertRefused(claims -> claims.claim("scope", "user/*.rs").subject(null));
        assertRefused(claims -> claims.claim("scope", "user/*.rs").subject(" "));
    }

    @Test
    void scopesComeFromTheFirstOfTheConfiguredClaims() {
        assertThat(verify(claims -> claims.claim("scope", null).claim("scp", "system/Patient.rs"))
                        .scopes())
                .hasToString("system/Patient.rs");
        assertThat(verify(claims -> claims.claim("scope", null).claim("scp", List.of("system/Patient.rs", "openid")))
                        .scopes())
                .hasToString("system/Patient.rs openid");
        assertThat(verify(claims -> claims.claim("scope", "openid").claim("scp", "system/*.rs"))
                        .scopes())
                .hasToString("openid");
        assertThat(verify(claims -> claims.claim("scope", null).claim("roles", "system/*.rs"))
                        .scopes())
                .hasToString("");
        assertRefused(claims -> claims.claim("scope", 17));
        assertRefused(claims -> claims.claim("scope", List.of(17)));
        JwtVerifier ofRoles =
                verifierOf(TRUSTED, new TokenSettings(List.of("permissions", "roles"), Duration.ZERO, false));
        assertThat(ofRoles.verify(signed(key, claims -> claims.claim("roles", List.of("system/Patient.rs"))))
                        .callerAt(NOW)
                        .scopes())
                .hasToString("system/Patient.rs");
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
        assertRefused(signed(new MACSigner(key.toRSAPublicKey().getEncoded()), header(JWSAlgorithm.HS256, key)));
    }

    @Test
    void rsaPssAndEllipticCurveKeysSignTokensToo() throws JOSEException {
        assertVerifies(signed(new RSASSASigner(key), header(JWSAlgorithm.PS256, key)));
        assertVerifies(signed(new ECDSASigner(ecKey), header(JWSAlgorithm.ES256, ecKey)));
    }

    @Test
    void aKeyVerifiesOnlyTheAlgorithmsOfItsKind() throws JOSEException {
        ECKey attackerEcKey = new ECKeyGenerator(Curve.P_256).keyID("k1").generate();
        RSAKey attackerKey = new RSAKeyGenerator(2048).keyID("e1").generate();

        assertRefused(signed(new ECDSASigner(attackerEcKey), header(JWSAlgorithm.ES256, key)));
        assertRefused(signed(new RSASSASigner(attackerKey), header(JWSAlgorithm.RS256, ecKey)));
    }

    @Test
    void aTokenBringsNoKeyOfItsOwn() throws JOSEException {
        try (TestIssuer attacker = new TestIssuer()) {
            URI keys = URI.create(attacker.url() + "/jwks");
            JWSSigner signer = new ECDSASigner(attacker.key());
            for (JWK named : List.of(attacker.key(), key, ecKey)) {
                assertRefused(signed(signer, header(JWSAlgorithm.ES256, named).jwkURL(keys)));
                assertRefused(signed(signer, header(JWSAlgorithm.ES256, named).x509CertURL(keys)));
                assertRefused(signed(
                        signer,
                        header(JWSAlgorithm.ES256, named).jwk(attacker.key().toPublicJWK())));
            }

            assertThat(attacker.keyRequests()).isZero();
        }
    }

    @Test
    void aCriticalHeaderThatIsNotUnderstoodIsRefused() throws JOSEException {
        JWSHeader.Builder header = header(JWSAlgorithm.RS256, key).customParam("unknown", true);
        assertVerifies(signed(new RSASSASigner(key), header));

        assertRefused(signed(new RSASSASigner(key), header.criticalParams(Set.of("unknown"))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"JWT", "at+jwt", "AT+JWT", "application/at+jwt"})
    void anAccessTokenMaySayThatItIsOne(String type) throws JOSEException {
        assertVerifies(
                signed(new RSASSASigner(key), header(JWSAlgorithm.RS256, key).type(new JOSEObjectType(type))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"logout+jwt", "dpop+jwt", "secevent+jwt", "jose"})
    void aJwtOfAnotherKindIsNoAccessToken(String type) throws JOSEException {
        assertRefused(
                signed(new RSASSASigner(key), header(JWSAlgorithm.RS256, key).type(new JOSEObjectType(type))));
    }

    @Test
    void anEncryptedTokenIsRefused() throws JOSEException {
        EncryptedJWT jwt = new EncryptedJWT(
                new JWEHeader.Builder(JWEAlgorithm.RSA_OAEP_256, EncryptionMethod.A128GCM)
                        .keyID(key.getKeyID())
                        .build(),
                claims(claims -> claims));
        jwt.encrypt(new RSAEncrypter(key));

        assertRefused(jwt.serialize());
    }

    @Test
    void whatIsNoTokenIsRefused() {
        assertRefused("nonsense");
        assertRefused("a.b.c");
        assertRefused(signed(key, claims -> claims) + "x");
    }
}
