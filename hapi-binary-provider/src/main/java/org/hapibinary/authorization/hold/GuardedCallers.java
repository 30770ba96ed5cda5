/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.hold;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import java.util.Set;
import org.hapibinary.authorization.Caller;
import org.hapibinary.authorization.CallerResolver;
import org.hapibinary.authorization.PluginRequest;
import org.hapibinary.problem.Problem;

/** The callers that a resolver finds, without those on hold. */
record GuardedCallers(CallerResolver callers, HeldClients held) implements CallerResolver {

    @Override
    public Caller resolve(RequestDetails request) {
        Caller caller = callers.resolve(request);
        try {
            held.requireNotHeld(caller);
        } catch (Problem refusal) {
            PluginRequest.of(request).refused(caller);
            throw refusal;
        }
        return caller;
    }

    @Override
    public boolean needsHeadOnly() {
        return callers.needsHeadOnly();
    }

    @Override
    public Set<String> issuersWithoutKeys() {
        return callers.issuersWithoutKeys();
    }
}
