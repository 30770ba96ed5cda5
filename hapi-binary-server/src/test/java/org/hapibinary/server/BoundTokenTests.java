/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.Answers.headers;
import static org.hapibinary.server.ExportedGroup.ALL_TYPES;
import static org.hapibinary.server.ExportedGroup.TEST_CLIENT;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.oauth2.sdk.dpop.DefaultDPoPProofFactory;
import com.nimbusds.oauth2.sdk.id.JWTID;
import com.nimbusds.oauth2.sdk.token.DPoPAccessToken;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.hapibinary.authorization.TestIssuer;
import org.junit.jupiter.api.Test;

/** Tokens that are bound to a key of their client (RFC 9449) or to its certificate (RFC 8705). */
interface BoundTokenTests extends WithExportedGroup {

    private static ECKey newKey() {
        try {
            return new ECKeyGenerator(Curve.P_256).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<String, Object> boundTo(ECKey key) {
        try {
            return Map.of("jkt", key.computeThumbprint().toString());
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private String token(Map<String, Object> confirmation) {
        return TestIssuer.signed(
                group().issuer().key(),
                group().issuer()
                        .claims(
                                group().audience(),
                                TEST_CLIENT,
                                ALL_TYPES,
                                claims -> claims.claim("cnf", confirmation)));
    }

    private static String proof(ECKey key, String method, String url, String token, Instant madeAt) {
        try {
            return new DefaultDPoPProofFactory(key, JWSAlgorithm.ES256)
                    .createDPoPJWT(
                            new JWTID(16), method, URI.create(url), Date.from(madeAt), new DPoPAccessToken(token))
                    .serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String proof(ECKey key, String method, String url, String token) {
        return proof(key, method, url, token, Instant.now());
    }

    private HttpResponse<String> send(String method, String url, String token, String... proofs) {
        List<String> headers = new ArrayList<>(List.of("Authorization", "DPoP " + token));
        for (String proof : proofs) {
            headers.addAll(List.of("DPoP", proof));
        }
        return group().nobody().send(method, url, "", headers.toArray(String[]::new));
    }

    private static void assertUnproven(HttpResponse<String> response) {
        Answers.assertOutcome(response, 401, "login");
        assertThat(headers(response, "WWW-Authenticate"))
                .singleElement()
                .asString()
                .startsWith("DPoP realm=\"fhir\", error=\"invalid_dpop_proof\", error_description=\"")
                .contains("algs=\"ES256 ")
                .matches("[\\x20-\\x7e]+");
    }

    @Test
    default void aBoundTokenIsNotForWhoeverBearsIt() {
        for (Map<String, Object> confirmation : List.<Map<String, Object>>of(
                boundTo(newKey()), Map.of("x5t#S256", "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"), Map.of())) {
            String token = token(confirmation);
            String opaque = group().issuer()
                    .opaqueToken(group().issuer()
                            .claims(group().audience(), TEST_CLIENT, ALL_TYPES, claims -> claims.claim("active", true)
                                    .claim("cnf", confirmation))
                            .toString());
            for (String borne : List.of(token, opaque)) {
                ExportClient thief = ExportClient.withBearer(group().server().port(), borne);
                HttpResponse<String> response = thief.get(group().ofTestClient().contentUrl("Patient"));

                Answers.assertOutcome(response, 401, "login");
                assertThat(headers(response, "WWW-Authenticate"))
                        .singleElement()
                        .asString()
                        .startsWith("Bearer realm=\"fhir\", error=\"invalid_token\"");
                Answers.assertOutcome(thief.kickOff("/$export"), 401, "login");
            }
        }
    }

    @Test
    default void theHolderOfTheKeyProvesItForEachRequest() {
        ECKey key = newKey();
        String token = token(boundTo(key));
        String content = group().ofTestClient().contentUrl("Patient");
        String metadata = group().ofTestClient().metadataUrl("Patient");
        String status = group().audience() + "/$export-poll-status";

        for (String url : List.of(content, metadata)) {
            assertThat(send("GET", url, token, proof(key, "GET", url, token)).statusCode())
                    .as(url)
                    .isEqualTo(200);
            assertThat(send("HEAD", url, token, proof(key, "HEAD", url, token)).statusCode())
                    .isEqualTo(200);
        }
        String query = "?_jobId=" + group().ofTestClient().jobId();
        assertThat(send("GET", status + query, token, proof(key, "GET", status, token))
                        .body())
                .isEqualTo(group().ofTestClient().manifest());
        String escaped = content.replace("$", "%24");
        assertThat(send("GET", escaped, token, proof(key, "GET", content, token))
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    default void aProofIsForOneRequestOneTokenOneKeyAndAMoment() {
        ECKey key = newKey();
        String token = token(boundTo(key));
        String url = group().ofTestClient().contentUrl("Patient");
        String other = group().ofTestClient().contentUrl("Observation");

        assertUnproven(send("GET", url, token));
        assertUnproven(send("GET", url, token, "proof"));
        assertUnproven(send("GET", url, token, proof(key, "HEAD", url, token)));
        assertUnproven(send("GET", url, token, proof(key, "GET", other, token)));
        assertUnproven(send("GET", url, token, proof(key, "GET", url.replace("http:", "https:"), token)));
        assertUnproven(send("GET", url, token, proof(key, "GET", url.replace("localhost", "example.org"), token)));
        assertUnproven(send("GET", url, token, proof(newKey(), "GET", url, token)));
        assertUnproven(send("GET", url, token, proof(key, "GET", url, token(boundTo(key)) + "x")));
        assertUnproven(send(
                "GET", url, token, proof(key, "GET", url, token, Instant.now().minusSeconds(120))));
        assertUnproven(send(
                "GET", url, token, proof(key, "GET", url, token, Instant.now().plusSeconds(120))));
        assertUnproven(send("GET", url, token, proof(key, "GET", url, token), proof(key, "GET", url, token)));

        String once = proof(key, "GET", url, token);
        assertThat(send("GET", url, token, once).statusCode()).isEqualTo(200);
        assertUnproven(send("GET", url, token, once));
    }

    @Test
    default void aTokenThatIsNotBoundNeedsNoProofAndGetsNoneChecked() {
        ECKey key = newKey();
        String url = group().ofTestClient().contentUrl("Patient");
        String unbound = group().issuer().token(group().audience(), TEST_CLIENT, ALL_TYPES);
        String byCertificate = token(Map.of("x5t#S256", "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"));

        assertUnproven(send("GET", url, unbound, proof(key, "GET", url, unbound)));
        Answers.assertOutcome(send("GET", url, byCertificate, proof(key, "GET", url, byCertificate)), 401, "login");
    }
}
