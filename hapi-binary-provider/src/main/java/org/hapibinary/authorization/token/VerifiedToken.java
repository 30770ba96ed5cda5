/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import java.time.Duration;
import java.time.Instant;
import org.hapibinary.authorization.Caller;
import org.hapibinary.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * A token that its issuer has issued, and its period of validity.
 *
 * @param caller the caller that it names
 * @param boundKey the thumbprint of the key to which it is bound (RFC 9449 §6); null for a bearer token
 * @param notBefore when it becomes valid; null if it already is
 * @param expiresAt when it expires; null if only the issuer knows
 */
record VerifiedToken(
        Caller caller, @Nullable String boundKey, @Nullable Instant notBefore, @Nullable Instant expiresAt) {

    static final Duration CLOCK_SKEW = Duration.ofSeconds(60);

    /**
     * Returns this token if it is valid now.
     *
     * @throws Problem 401 if it is not
     */
    VerifiedToken usableAt(Instant now) {
        if (expiresAt != null && !now.minus(CLOCK_SKEW).isBefore(expiresAt)) {
            throw Problem.invalidToken("it has expired", null);
        }
        if (notBefore != null && now.plus(CLOCK_SKEW).isBefore(notBefore)) {
            throw Problem.invalidToken("it is not valid yet", null);
        }
        return this;
    }

    /**
     * Returns the caller if this is a bearer token that is valid now.
     *
     * @throws Problem 401 if it is not valid now, or is bound to a key
     */
    Caller callerAt(Instant now) {
        usableAt(now);
        if (boundKey != null) {
            throw Problem.invalidToken(
                    "it is bound to a key: send it with the scheme DPoP and a proof of possession", null);
        }
        return caller;
    }
}
