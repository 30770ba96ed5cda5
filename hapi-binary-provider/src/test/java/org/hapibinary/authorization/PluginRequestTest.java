/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.interceptor.executor.InterceptorService;
import ca.uhn.fhir.rest.server.servlet.ServletRequestDetails;
import ca.uhn.fhir.rest.server.servlet.ServletSubRequestDetails;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is found out of one request holds for no other, however HAPI ties them to each other. */
class PluginRequestTest {

    private static final Caller CALLER = new Caller("https://issuer", "client", null, SmartScopes.parse("system/*.rs"));

    private final ServletRequestDetails request = new ServletRequestDetails(new InterceptorService());

    @Test
    void whatIsKnownOfARequestIsKnownAsLongAsItLasts() {
        PluginRequest.of(request).authenticated(CALLER);
        PluginRequest.of(request).put(Set.class, Set.of("kept"));

        assertThat(PluginRequest.callerOf(request)).isEqualTo(CALLER);
        assertThat(PluginRequest.of(request).get(Set.class)).contains(Set.of("kept"));
        assertThat(request.getUserData()).as("one key for all of it").hasSize(1);
    }

    @Test
    void aCloneKnowsWhatWasKnownBeforeAndTellsTheOriginalNothing() {
        PluginRequest.of(request).put(String.class, "before");
        ServletRequestDetails clone = new ServletRequestDetails(request);
        PluginRequest.of(clone).authenticated(CALLER);
        ServletRequestDetails another = new ServletRequestDetails(request);

        assertThat(PluginRequest.of(clone).get(String.class)).contains("before");
        assertThat(ExportGate.hasAdmitted(clone)).isTrue();
        assertThat(ExportGate.hasAdmitted(request)).isFalse();
        assertThat(ExportGate.hasAdmitted(another)).isFalse();
    }

    @Test
    void anEntryOfABatchKnowsNothingOfTheOthers() {
        ServletSubRequestDetails one = new ServletSubRequestDetails(request);
        ServletSubRequestDetails other = new ServletSubRequestDetails(request);
        PluginRequest.of(one).authenticated(CALLER);

        assertThat(ExportGate.hasAdmitted(one)).isTrue();
        assertThat(ExportGate.hasAdmitted(other)).isFalse();
        assertThat(ExportGate.hasAdmitted(request)).isFalse();
    }
}
