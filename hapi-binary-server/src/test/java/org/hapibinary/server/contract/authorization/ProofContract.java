/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.authorization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.headers;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.function.UnaryOperator;
import org.hapibinary.server.client.Answers;
import org.hapibinary.server.client.RawRequest;
import org.hapibinary.server.host.WithExportedGroup;
import org.junit.jupiter.api.Test;

/** Proofs of possession of the key that a token is bound to (RFC 9449 §4.3). */
public interface ProofContract extends WithExportedGroup {

    static void assertUnproven(HttpResponse<String> response) {
        Answers.assertOutcome(response, 401, "login");
        assertThat(headers(response, "WWW-Authenticate"))
                .singleElement()
                .asString()
                .startsWith("DPoP realm=\"fhir\", error=\"invalid_dpop_proof\", error_description=\"")
                .contains("algs=\"ES256 ")
                .matches("[\\x20-\\x7e]+");
    }

    @Test
    default void aProofIsForOneRequestOneTokenOneKeyAndAMoment() {
        KeyHolder holder = new KeyHolder(group());
        String token = holder.token();
        String url = group().ofTestClient().contentUrl("Patient");
        String other = group().ofTestClient().contentUrl("Observation");

        for (String proof : List.of(
                holder.proof("HEAD", url, token),
                holder.proof("get", url, token),
                holder.proof("GET", other, token),
                holder.proof("GET", url + "/", token),
                holder.proof("GET", url.replace("http:", "https:"), token),
                holder.proof("GET", url.replace("localhost", "example.org"), token),
                holder.proof("GET", url.replace("http://", "http://user@"), token),
                holder.proof("GET", url.substring(url.indexOf("/fhir")), token),
                new KeyHolder(group()).proof("GET", url, token),
                holder.proof("GET", url, holder.token() + "x"),
                holder.proof("GET", url, token, madeAt(Instant.now().minusSeconds(70))),
                holder.proof("GET", url, token, madeAt(Instant.now().plusSeconds(120))))) {
            assertUnproven(holder.send("GET", url, token, proof));
        }
        assertUnproven(holder.send("GET", url, token));
        assertUnproven(
                holder.send("GET", url, token, holder.proof("GET", url, token), holder.proof("GET", url, token)));
    }

    private static UnaryOperator<JWTClaimsSet.Builder> madeAt(Instant time) {
        return claims -> claims.issueTime(Date.from(time));
    }

    @Test
    default void aProofIsGoodOnce() {
        KeyHolder holder = new KeyHolder(group());
        String token = holder.token();
        String url = group().ofTestClient().contentUrl("Patient");
        String proof = holder.proof("GET", url, token);

        assertThat(holder.send("GET", url, token, proof).statusCode()).isEqualTo(200);
        assertUnproven(holder.send("GET", url, token, proof));
        String sameId = holder.proof("GET", url, token, claims -> claims.jwtID("once " + token));
        assertThat(holder.send("GET", url, token, sameId).statusCode()).isEqualTo(200);
        assertUnproven(holder.send(
                "GET", url, token, holder.proof("GET", url, token, claims -> claims.jwtID("once " + token))));
    }

    /** Who sends a form is asked before it is read, and again afterwards. */
    @Test
    default void aProofIsGoodForAsManyLooksAtOneRequestAsItTakes() {
        KeyHolder holder = new KeyHolder(group());
        String token = holder.token();
        String url = group().audience() + "/$export";
        List<String> form = List.of("Content-Type", "application/x-www-form-urlencoded", "Prefer", "respond-async");

        String proof = holder.proof("POST", url, token);
        HttpResponse<String> refused = holder.sendWithBody("POST", url, "_unknown=1", form, token, proof);
        Answers.assertOutcome(refused, 400, "invalid");

        assertUnproven(holder.sendWithBody("POST", url, "_unknown=1", form, token, proof));
    }

    @Test
    default void spellingsOfOneAddressAreOneAddress() {
        KeyHolder holder = new KeyHolder(group());
        String token = holder.token();
        String url = group().ofTestClient().contentUrl("Patient");
        String query = "?path=Binary";

        for (String spelling : List.of(
                url + query,
                url + "?other=1#part",
                url.replace("http://localhost", "HTTP://LocalHost"),
                url.replace("$", "%24"),
                url.replace("/Binary/", "/%42inary/"),
                url.replace("/Binary/", "/x/../Binary/./"))) {
            HttpResponse<String> response =
                    holder.send("GET", url + query, token, holder.proof("GET", spelling, token));
            assertThat(response.statusCode())
                    .as("%s: %s", spelling, response.body())
                    .isEqualTo(200);
        }
    }

    /** A proxy may pass on any Host: what the client knows is the base URL. */
    @Test
    default void theAddressIsThatByWhichClientsKnowTheServer() {
        KeyHolder holder = new KeyHolder(group());
        String token = holder.token();
        String url = group().ofTestClient().contentUrl("Patient");
        RawRequest behindProxy = RawRequest.get(url.substring(url.indexOf("/fhir")))
                .with("Host: internal.example.org:8443", "Authorization: DPoP " + token);
        int port = group().server().port();
        String other = url.replace("localhost:" + port, "internal.example.org:8443");

        assertThat(behindProxy
                        .with("DPoP: " + holder.proof("GET", url, token))
                        .sendTo(port)
                        .status())
                .isEqualTo(200);
        for (String forged : List.of(other, other.replace("http:", "https:"))) {
            assertThat(behindProxy
                            .with("DPoP: " + holder.proof("GET", forged, token))
                            .sendTo(port)
                            .status())
                    .isEqualTo(401);
        }
    }

    @Test
    default void whatIsNoProofIsNoFault() {
        KeyHolder holder = new KeyHolder(group());
        String token = holder.token();
        String url = group().ofTestClient().contentUrl("Patient");
        String good = holder.proof("GET", url, token);
        String claims = good.split("\\.", -1)[1];

        for (UnaryOperator<JWTClaimsSet.Builder> change : List.<UnaryOperator<JWTClaimsSet.Builder>>of(
                wrong -> wrong.jwtID(""),
                wrong -> wrong.jwtID(" "),
                wrong -> wrong.jwtID(null),
                wrong -> wrong.claim("jti", 5),
                wrong -> wrong.issueTime(null),
                wrong -> wrong.claim("iat", "now"),
                wrong -> wrong.claim("iat", 1e300),
                wrong -> wrong.claim("htm", List.of("GET")),
                wrong -> wrong.claim("htu", 5),
                wrong -> wrong.claim("htu", "mailto:somebody@example.org"),
                wrong -> wrong.claim("htu", "http://"),
                wrong -> wrong.claim("htu", "http:///" + url.substring(url.indexOf("/fhir"))),
                wrong -> wrong.claim("htu", "%"),
                wrong -> wrong.claim("ath", null))) {
            assertUnproven(holder.send("GET", url, token, holder.proof("GET", url, token, change)));
        }
        for (JWSHeader header : List.of(
                holder.header().jwk(null).build(),
                holder.header().type(JOSEObjectType.JWT).build(),
                holder.header().type(null).build())) {
            assertUnproven(
                    holder.send("GET", url, token, holder.proof(header, "GET", url, token, unchanged -> unchanged)));
        }
        for (String noProof : List.of(
                "proof",
                "..",
                good + "x",
                good.substring(0, good.lastIndexOf('.') + 1),
                Base64URL.encode("null") + "." + claims + ".c2ln",
                Base64URL.encode("{\"alg\":\"none\",\"typ\":\"dpop+jwt\"}") + "." + claims + ".",
                Base64URL.encode("{\"alg\":\"HS256\",\"typ\":\"dpop+jwt\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"}}")
                        + "." + claims + ".c2ln",
                Base64URL.encode("{\"alg\":\"RS256\",\"typ\":\"dpop+jwt\",\"jwk\":" + holder.key() + "}") + "." + claims
                        + ".c2ln")) {
            assertUnproven(holder.send("GET", url, token, noProof));
        }
    }

    /** Else it could make the client's own proofs bad before they are sent. */
    @Test
    default void whoeverHasTheTokenAndNotTheKeyUsesUpNoProof() {
        KeyHolder holder = new KeyHolder(group());
        KeyHolder thief = new KeyHolder(group());
        String token = holder.token();
        String url = group().ofTestClient().contentUrl("Patient");
        UnaryOperator<JWTClaimsSet.Builder> next = claims -> claims.jwtID("next of " + token);

        assertUnproven(holder.send("GET", url, token, thief.proof("GET", url, token, next)));
        String withOwnToken = thief.token();
        assertUnproven(holder.send("GET", url, token, holder.proof("GET", url, withOwnToken, next)));

        assertThat(holder.send("GET", url, token, holder.proof("GET", url, token, next))
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    default void aBadTokenIsRefusedByTheSchemeItWasSentBy() {
        KeyHolder holder = new KeyHolder(group());
        String url = group().ofTestClient().contentUrl("Patient");
        String expired = holder.token(
                claims -> claims.expirationTime(Date.from(Instant.now().minusSeconds(120))));

        HttpResponse<String> response = holder.send("GET", url, expired, holder.proof("GET", url, expired));

        Answers.assertOutcome(response, 401, "login");
        assertThat(headers(response, "WWW-Authenticate"))
                .singleElement()
                .asString()
                .startsWith("DPoP realm=\"fhir\", error=\"invalid_token\", error_description=\"")
                .contains(", algs=\"ES256 ");
    }
}
