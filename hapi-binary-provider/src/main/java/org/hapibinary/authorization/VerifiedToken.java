/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import java.time.Duration;
import java.time.Instant;
import org.hapibinary.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * A token that its issuer vouches for, and the time in which it may be used.
 *
 * @param caller whom it speaks for
 * @param notBefore null if it may be used from the beginning of time
 * @param expiresAt null if only the issuer knows
 */
record VerifiedToken(Caller caller, @Nullable Instant notBefore, @Nullable Instant expiresAt) {

    static final Duration CLOCK_SKEW = Duration.ofSeconds(60);

    /**
     * The caller, if the token may be used at this moment.
     *
     * @throws Problem 401 if it may not
     */
    Caller callerAt(Instant now) {
        if (expiresAt != null && !now.minus(CLOCK_SKEW).isBefore(expiresAt)) {
            throw Problem.invalidToken("it has expired", null);
        }
        if (notBefore != null && now.plus(CLOCK_SKEW).isBefore(notBefore)) {
            throw Problem.invalidToken("it is not valid yet", null);
        }
        return caller;
    }
}
