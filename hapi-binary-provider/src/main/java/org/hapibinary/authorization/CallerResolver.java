/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import ca.uhn.fhir.rest.api.server.RequestDetails;

/**
 * Finds out who sends a request. The default verifies the bearer token; a host that authenticates otherwise has its
 * own.
 */
public interface CallerResolver {

    /**
     * The caller, proven.
     *
     * @throws org.hapibinary.problem.Problem 401 if there is no proof or it does not hold, 503 if it cannot be checked
     *     now
     */
    Caller resolve(RequestDetails request);

    /**
     * Whether the head of the request, as it was sent, is all that is looked at. Then nobody's form is read before it
     * is known who sends it; HAPI reads forms before it calls any interceptor. Default: no.
     */
    default boolean needsHeadOnly() {
        return false;
    }
}
