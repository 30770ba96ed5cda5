/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import java.util.List;
import java.util.Set;
import org.hapibinary.authorization.Caller;
import org.hapibinary.authorization.CallerResolver;

/** Tells the queue the client of a request once it is authenticated. Does not authenticate requests that it refuses. */
record QueuedCallers(CallerResolver callers) implements CallerResolver {

    @Override
    public Caller resolve(RequestDetails request) {
        QueueRefusals.refuse(request);
        Caller caller = callers.resolve(request);
        if (FairQueueHandler.attributeOf(request, FairQueueHandler.TURN) instanceof Turn turn) {
            turn.isOf(List.of(caller.issuer(), caller.clientId()));
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
