/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.authorization;

import static org.hapibinary.server.contract.authorization.BadToken.noToken;
import static org.hapibinary.server.contract.authorization.BadToken.token;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.host.ExportedGroup;

/** The good token of the client that started an export, spoilt in every way. */
final class BadTokens {

    private final TestIssuer issuer;
    private final String audience;
    private final String demoIssuer;
    private final String good;

    BadTokens(ExportedGroup group) {
        issuer = group.issuer();
        audience = group.audience();
        demoIssuer = group.server().ownersIssuer();
        good = issuer.token(audience, ExportedGroup.TEST_CLIENT, ExportedGroup.ALL_TYPES);
    }

    Stream<BadToken> all() {
        return Stream.of(noTokens(), wrongClaims(), wrongSignatures(), opaque(), garbage())
                .flatMap(tokens -> tokens);
    }

    private static Stream<BadToken> noTokens() {
        return Stream.of(
                noToken("nothing"),
                noToken("Basic", "Basic dGVzdC1jbGllbnQ6c2VjcmV0"),
                noToken("a Bearer without a token", "Bearer"),
                noToken("a Bearer with an empty token", "Bearer "));
    }

    private Stream<BadToken> wrongClaims() {
        return Stream.of(
                token("expired", with(claims -> claims.expirationTime(inSeconds(-61)))),
                token("not yet valid", with(claims -> claims.notBeforeTime(inSeconds(120)))),
                token("of an issuer that is not trusted", with(claims -> claims.issuer("https://other.example.org"))),
                token("of the issuer with a slash too many", with(claims -> claims.issuer(issuer.url() + "/"))),
                token("in the name of the other issuer", with(claims -> claims.issuer(demoIssuer))),
                token("for another server", with(claims -> claims.audience("https://other.example.org/fhir"))),
                token("for the client, as an ID token is", with(claims -> claims.audience(ExportedGroup.TEST_CLIENT))),
                token("without exp", with(claims -> claims.expirationTime(null))),
                token("without aud", with(claims -> claims.audience((String) null))),
                token("without iss", with(claims -> claims.issuer(null))),
                token("that names no client", with(claims -> claims.claim("client_id", null)
                        .subject(null))),
                token("bound to a key", with(claims -> claims.claim("cnf", Map.of("jkt", "x")))),
                token("bound to a certificate", with(claims -> claims.claim("cnf", Map.of("x5t#S256", "x")))),
                token("for logging in", with(claims -> claims.claim("typ", "ID"))),
                token("for a user without a name", with(claims -> claims.subject(null)
                        .claim("scope", "system/*.rs user/*.rs"))));
    }

    private Stream<BadToken> wrongSignatures() {
        String keyId = issuer.key().getKeyID();
        ECKey foreign = TestIssuer.newKey(keyId);
        return Stream.of(
                token("by an unknown key", TestIssuer.signed(TestIssuer.newKey("unknown"), claims(claims -> claims))),
                token("by another key of the same name", TestIssuer.signed(foreign, claims(claims -> claims))),
                token("with the key in its own header", withItsOwnKey(foreign)),
                token("unsigned", unsigned("none")),
                token("unsigned, in another spelling", unsigned("nOnE")),
                token("signed with the public key as a secret", signedWithThePublicKey(keyId)),
                token("with its signature cut off", good.substring(0, good.lastIndexOf('.') + 1)),
                token("with its last part cut off", good.substring(0, good.lastIndexOf('.'))),
                token("with half a signature", good.substring(0, good.length() - 100)),
                token("with another's claims", withTheClaimsOf("another-client")));
    }

    private Stream<BadToken> opaque() {
        String client = "\"client_id\":\"" + ExportedGroup.TEST_CLIENT + "\",\"scope\":\"system/*.rs\"";
        String from = "\"iss\":\"" + issuer.url() + "\"";
        String to = "\"aud\":\"" + audience + "\"";
        return Stream.of(
                token("opaque and unknown", UUID.randomUUID().toString()),
                opaque("not active", "{\"active\":false," + String.join(",", from, to, client) + "}"),
                opaque("expired", "{\"active\":true,\"exp\":1000000000," + String.join(",", from, to, client) + "}"),
                opaque("without aud", "{\"active\":true," + String.join(",", from, client) + "}"),
                opaque(
                        "in the name of the other issuer",
                        "{\"active\":true,\"iss\":\"" + demoIssuer + "\"," + String.join(",", to, client) + "}"),
                opaque(
                        "for refreshing",
                        "{\"active\":true,\"token_type\":\"refresh_token\"," + String.join(",", from, to, client)
                                + "}"),
                opaque(
                        "bound to a key",
                        "{\"active\":true,\"cnf\":{\"jkt\":\"x\"}," + String.join(",", from, to, client) + "}"),
                opaque(
                        "of an issuer that is not trusted",
                        "{\"active\":true,\"iss\":\"https://other.example.org\"," + String.join(",", to, client) + "}"),
                opaque("that names no client", "{\"active\":true," + String.join(",", from, to) + "}"));
    }

    private BadToken opaque(String name, String introspection) {
        return token("opaque, " + name, issuer.opaqueToken(introspection));
    }

    private Stream<BadToken> garbage() {
        return Stream.of(
                token("nonsense", "nonsense"),
                token("in three parts of nothing", "a.b.c"),
                token("in five parts of nothing", "a.b.c.d.e"),
                token("in dots", ".."),
                token("with signs that no token has", "<script>"),
                token("with something behind it", good + "x"),
                token("very long", "x".repeat(6000)),
                token("nested very deep", nested() + "." + nested() + ".c2ln"),
                token("two in one header", good + " " + good),
                token("two in a list", good + ", Bearer " + good),
                new BadToken("in two headers", true, List.of("Bearer " + good, "Bearer " + good)),
                new BadToken("in a second header after Basic", true, List.of("Basic eDp5", "Bearer " + good)));
    }

    private JWTClaimsSet claims(UnaryOperator<JWTClaimsSet.Builder> change) {
        return issuer.claims(audience, ExportedGroup.TEST_CLIENT, ExportedGroup.ALL_TYPES, change);
    }

    private String with(UnaryOperator<JWTClaimsSet.Builder> change) {
        return TestIssuer.signed(issuer.key(), claims(change));
    }

    private static Date inSeconds(int seconds) {
        return Date.from(Instant.now().plusSeconds(seconds));
    }

    private String unsigned(String algorithm) {
        return Base64URL.encode("{\"alg\":\"" + algorithm + "\"}") + "."
                + claims(claims -> claims).toPayload().toBase64URL() + ".";
    }

    private String withItsOwnKey(ECKey key) {
        try {
            SignedJWT jwt = new SignedJWT(
                    new JWSHeader.Builder(JWSAlgorithm.ES256)
                            .keyID(key.getKeyID())
                            .jwk(key.toPublicJWK())
                            .build(),
                    claims(claims -> claims));
            jwt.sign(new ECDSASigner(key));
            return jwt.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private String signedWithThePublicKey(String keyId) {
        try {
            SignedJWT jwt = new SignedJWT(
                    new JWSHeader.Builder(JWSAlgorithm.HS256).keyID(keyId).build(), claims(claims -> claims));
            jwt.sign(new MACSigner(issuer.key().toECPublicKey().getEncoded()));
            return jwt.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private String withTheClaimsOf(String clientId) {
        String[] parts =
                issuer.token(audience, clientId, ExportedGroup.ALL_TYPES).split("\\.", -1);
        return parts[0] + "." + claims(claims -> claims).toPayload().toBase64URL() + "." + parts[2];
    }

    private static String nested() {
        return Base64URL.encode("{\"alg\":\"RS256\",\"x\":" + "[".repeat(1000) + "]".repeat(1000) + "}")
                .toString();
    }
}
