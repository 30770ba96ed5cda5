/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import ca.uhn.fhir.rest.api.server.RequestDetails;

/** The callers that a resolver finds, without those on hold. */
record GuardedCallers(CallerResolver callers, HeldClients held) implements CallerResolver {

    @Override
    public Caller resolve(RequestDetails request) {
        Caller caller = callers.resolve(request);
        held.requireNotHeld(caller);
        return caller;
    }

    @Override
    public boolean needsHeadOnly() {
        return callers.needsHeadOnly();
    }
}
