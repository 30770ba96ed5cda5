/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import org.hapibinary.problem.Problem;

/** Verifies that an issuer has issued a token. Does not check its times, see {@link VerifiedToken#callerAt}. */
interface TokenVerifier {

    /**
     * @throws Problem 401 if the token is invalid, 503 if it cannot be verified now
     */
    VerifiedToken verify(String token);

    /** Whether {@link #verify} would ask an issuer about this token, which no issuer has lately confirmed. */
    default boolean needsIssuer(String token) {
        return false;
    }
}
