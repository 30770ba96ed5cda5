/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import java.util.Set;
import org.hapibinary.authorization.Caller;
import org.hapibinary.authorization.CallerResolver;
import org.hapibinary.problem.Problem;
import org.junit.jupiter.api.Test;

/** The health of issuers' keys is asked of the resolver that the queue has put itself before. */
class QueuedCallersTest {

    @Test
    void whatTheHostsResolverSaysOfItselfIsPassedOn() {
        CallerResolver host = new CallerResolver() {
            @Override
            public Caller resolve(RequestDetails request) {
                throw Problem.loginRequired();
            }

            @Override
            public boolean needsHeadOnly() {
                return true;
            }

            @Override
            public Set<String> issuersWithoutKeys() {
                return Set.of("https://silent.example.org");
            }
        };

        assertThat(new QueuedCallers(host).needsHeadOnly()).isTrue();
        assertThat(new QueuedCallers(host).issuersWithoutKeys()).containsExactly("https://silent.example.org");
    }
}
