/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import org.hapibinary.problem.Problem;

/** Finds out whether an issuer vouches for a token. Says nothing of the time, see {@link VerifiedToken#callerAt}. */
interface TokenVerifier {

    /**
     * @throws Problem 401 if the issuer does not vouch for it, 503 if that cannot be found out now
     */
    VerifiedToken verify(String token);

    /** Whether an issuer would be asked now about this very token, which it has not vouched for. */
    default boolean needsIssuer(String token) {
        return false;
    }
}
