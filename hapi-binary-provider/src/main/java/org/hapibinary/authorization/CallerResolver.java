/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import java.util.Set;

/**
 * Authenticates requests. The default implementation verifies the access token; a host that authenticates in another
 * way supplies its own.
 */
public interface CallerResolver {

    /**
     * Authenticates the caller of a request.
     *
     * @throws org.hapibinary.problem.Problem 401 if the request has no credentials or invalid ones, 503 if they cannot
     *     be verified now
     */
    Caller resolve(RequestDetails request);

    /**
     * Whether {@link #resolve} needs no more than the head of the request. If so, the plugin calls it before it reads a
     * form; HAPI reads forms before it calls any interceptor. The default is false.
     */
    default boolean needsHeadOnly() {
        return false;
    }

    /**
     * For the health of the server: issuers whose tokens cannot be verified, because no key of theirs is known and none
     * can be fetched. The default is empty.
     */
    default Set<String> issuersWithoutKeys() {
        return Set.of();
    }
}
