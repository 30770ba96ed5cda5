/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.headers;

import java.net.http.HttpResponse;
import org.hapibinary.server.contract.CrossOriginContract;
import org.hapibinary.server.contract.JpaServerContract;
import org.hapibinary.server.contract.ValidDiscoveryContract;
import org.hapibinary.server.contract.authorization.AddressLimitContract;
import org.hapibinary.server.contract.authorization.HiddenResourceContract;
import org.hapibinary.server.contract.authorization.WriteAnswerContract;
import org.junit.jupiter.api.Test;

class ExportOnH2Test extends JpaServerContract
        implements ValidDiscoveryContract,
                WriteAnswerContract,
                HiddenResourceContract,
                CrossOriginContract,
                AddressLimitContract {

    @Override
    protected String[] store() {
        return new String[] {
            "spring.datasource.url=jdbc:h2:file:" + directory.resolve("h2/fhir"),
            "hapi.binary.other-base-urls=https://outside.example.org/fhir",
            "hapi-binary-server.cors.allowed-origins=" + PAGE
        };
    }

    /** The other way round is in {@link TransportTest}. */
    @Test
    void aProxyThatNobodyTrustsIsNotListenedTo() {
        HttpResponse<String> response = group().owner()
                .get(
                        "/Group/example-group/$export",
                        "Prefer",
                        "respond-async",
                        "Forwarded",
                        "proto=https;host=outside.example.org",
                        "X-Forwarded-Host",
                        "outside.example.org",
                        "X-Forwarded-Proto",
                        "https");

        assertThat(headers(response, "Content-Location"))
                .singleElement()
                .asString()
                .startsWith(group().owner().base() + "/$export-poll-status?_jobId=");
    }
}
