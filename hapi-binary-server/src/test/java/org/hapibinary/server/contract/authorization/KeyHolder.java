/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.authorization;

import static org.hapibinary.server.host.ExportedGroup.ALL_TYPES;
import static org.hapibinary.server.host.ExportedGroup.TEST_CLIENT;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.dpop.DPoPUtils;
import com.nimbusds.oauth2.sdk.token.DPoPAccessToken;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.host.ExportedGroup;

/** The client that started an export, with tokens that are bound to a key of its own (RFC 9449). */
final class KeyHolder {

    private final ExportedGroup group;
    private final ECKey key;

    KeyHolder(ExportedGroup group) {
        this.group = group;
        try {
            key = new ECKeyGenerator(Curve.P_256).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    ECKey key() {
        return key;
    }

    /** What its tokens have as {@code cnf}. */
    Map<String, Object> confirmation() {
        try {
            return Map.of("jkt", key.computeThumbprint().toString());
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A token of it, bound to its key. */
    String token() {
        return token(claims -> claims);
    }

    String token(UnaryOperator<JWTClaimsSet.Builder> change) {
        return TestIssuer.signed(
                group.issuer().key(),
                group.issuer()
                        .claims(
                                group.audience(),
                                TEST_CLIENT,
                                ALL_TYPES,
                                claims -> change.apply(claims.claim("cnf", confirmation()))));
    }

    String proof(String method, String url, String token) {
        return proof(method, url, token, claims -> claims);
    }

    String proof(String method, String url, String token, UnaryOperator<JWTClaimsSet.Builder> change) {
        return proof(header().build(), method, url, token, change);
    }

    /** The header of its proofs. */
    JWSHeader.Builder header() {
        return new JWSHeader.Builder(JWSAlgorithm.ES256)
                .type(new JOSEObjectType("dpop+jwt"))
                .jwk(key.toPublicJWK());
    }

    String proof(
            JWSHeader header, String method, String url, String token, UnaryOperator<JWTClaimsSet.Builder> change) {
        try {
            SignedJWT proof = new SignedJWT(
                    header,
                    change.apply(new JWTClaimsSet.Builder()
                                    .jwtID(UUID.randomUUID().toString())
                                    .issueTime(Date.from(Instant.now()))
                                    .claim("htm", method)
                                    .claim("htu", url)
                                    .claim(
                                            "ath",
                                            DPoPUtils.computeSHA256(new DPoPAccessToken(token))
                                                    .toString()))
                            .build());
            proof.sign(new ECDSASigner(key));
            return proof.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Sends a token with proofs of whatever kind. */
    HttpResponse<String> send(String method, String url, String token, String... proofs) {
        return sendWithBody(method, url, "", List.of(), token, proofs);
    }

    HttpResponse<String> sendWithBody(
            String method, String url, String body, List<String> headers, String token, String... proofs) {
        List<String> all = new ArrayList<>(headers);
        all.addAll(List.of("Authorization", "DPoP " + token));
        for (String proof : proofs) {
            all.addAll(List.of("DPoP", proof));
        }
        return group.nobody().send(method, url, body, all.toArray(String[]::new));
    }
}
