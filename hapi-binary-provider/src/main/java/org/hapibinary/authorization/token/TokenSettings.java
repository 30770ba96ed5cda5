/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import java.time.Duration;
import java.util.List;

/**
 * How access tokens are read and issuers are asked.
 *
 * @param scopeClaims the claims that may contain the scopes; the first one present counts
 * @param outageTolerance how much longer the keys of an issuer are kept that does not answer; zero for no longer
 * @param allowHttp whether requests to issuers on other hosts may go without TLS
 */
public record TokenSettings(List<String> scopeClaims, Duration outageTolerance, boolean allowHttp) {

    /** {@code scope}, else {@code scp}; 15 minutes; TLS. */
    public static final TokenSettings DEFAULTS =
            new TokenSettings(List.of("scope", "scp"), Duration.ofMinutes(15), false);

    public TokenSettings {
        scopeClaims = List.copyOf(scopeClaims);
        if (outageTolerance.isNegative()) {
            throw new IllegalArgumentException("The outage tolerance must not be negative: " + outageTolerance);
        }
    }
}
