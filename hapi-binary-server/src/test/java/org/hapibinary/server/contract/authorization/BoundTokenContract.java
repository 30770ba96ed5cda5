/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.authorization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.headers;
import static org.hapibinary.server.host.ExportedGroup.ALL_TYPES;
import static org.hapibinary.server.host.ExportedGroup.TEST_CLIENT;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.hapibinary.server.client.Answers;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.WithExportedGroup;
import org.junit.jupiter.api.Test;

/** Tokens that are bound to a key of their client (RFC 9449) or to its certificate (RFC 8705). */
public interface BoundTokenContract extends WithExportedGroup {

    private String token(Map<String, Object> confirmation) {
        return new KeyHolder(group()).token(claims -> claims.claim("cnf", confirmation));
    }

    @Test
    default void aBoundTokenIsNotForWhoeverBearsIt() {
        for (Map<String, Object> confirmation : List.<Map<String, Object>>of(
                new KeyHolder(group()).confirmation(),
                Map.of("x5t#S256", "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"),
                Map.of())) {
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
        KeyHolder holder = new KeyHolder(group());
        String token = holder.token();
        String content = group().ofTestClient().contentUrl("Patient");
        String metadata = group().ofTestClient().metadataUrl("Patient");
        String status = group().audience() + "/$export-poll-status";

        for (String url : List.of(content, metadata)) {
            for (String method : List.of("GET", "HEAD")) {
                assertThat(holder.send(method, url, token, holder.proof(method, url, token))
                                .statusCode())
                        .as("%s %s", method, url)
                        .isEqualTo(200);
            }
        }
        String query = "?_jobId=" + group().ofTestClient().jobId();
        assertThat(holder.send("GET", status + query, token, holder.proof("GET", status, token))
                        .body())
                .isEqualTo(group().ofTestClient().manifest());
        String escaped = content.replace("$", "%24");
        assertThat(holder.send("GET", escaped, token, holder.proof("GET", content, token))
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    default void aTokenThatIsNotBoundNeedsNoProofAndGetsNoneChecked() {
        KeyHolder holder = new KeyHolder(group());
        String url = group().ofTestClient().contentUrl("Patient");
        String unbound = group().issuer().token(group().audience(), TEST_CLIENT, ALL_TYPES);
        String byCertificate = token(Map.of("x5t#S256", "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"));

        ProofContract.assertUnproven(holder.send("GET", url, unbound, holder.proof("GET", url, unbound)));
        Answers.assertOutcome(
                holder.send("GET", url, byCertificate, holder.proof("GET", url, byCertificate)), 401, "login");
    }
}
