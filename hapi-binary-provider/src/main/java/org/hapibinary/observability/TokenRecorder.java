/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/** Counts the access tokens of requests by what became of them. */
public final class TokenRecorder {

    private final Counter accepted;
    private final Counter refused;
    private final Counter unverifiable;
    private final Counter limited;

    /** @param meters the registry of the meters */
    public TokenRecorder(MeterRegistry meters) {
        accepted = tokens(meters, "accepted");
        refused = tokens(meters, "refused");
        unverifiable = tokens(meters, "unverifiable");
        limited = tokens(meters, "limited");
    }

    private static Counter tokens(MeterRegistry meters, String result) {
        return Counter.builder("hapi.binary.tokens")
                .description("Access tokens that requests were sent with, by the result of their verification")
                .tag("result", result)
                .register(meters);
    }

    /** The token is valid. */
    public void accepted() {
        accepted.increment();
    }

    /**
     * The token is not accepted.
     *
     * @param status of the answer: 429 if too many came, 5xx if the issuer could not be asked
     */
    public void refused(int status) {
        if (status == 429) {
            limited.increment();
        } else if (status >= 500) {
            unverifiable.increment();
        } else {
            refused.increment();
        }
    }
}
