/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import java.time.Duration;
import java.time.Instant;
import org.hapibinary.authorization.Caller;
import org.hapibinary.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * A token that its issuer vouches for, and the time in which it may be used.
 *
 * @param caller whom it speaks for
 * @param boundKey the thumbprint of the key whose holder alone may use it (RFC 9449 §6); null if whoever bears it may
 * @param notBefore null if it may be used from the beginning of time
 * @param expiresAt null if only the issuer knows
 */
record VerifiedToken(
        Caller caller, @Nullable String boundKey, @Nullable Instant notBefore, @Nullable Instant expiresAt) {

    static final Duration CLOCK_SKEW = Duration.ofSeconds(60);

    /**
     * The token, if it may be used at this moment.
     *
     * @throws Problem 401 if it may not
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
     * The caller, if whoever bears the token may use it at this moment.
     *
     * @throws Problem 401 if it may not be used now, or only by the holder of a key
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
