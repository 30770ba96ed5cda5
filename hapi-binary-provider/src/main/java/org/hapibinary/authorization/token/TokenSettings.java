/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import java.time.Duration;
import java.util.List;

/**
 * How access tokens are read and their issuers asked.
 *
 * @param scopeClaims the claims that scopes are taken from: of those the first that a token has
 * @param outageTolerance for how long after they would have been fetched again the known keys of an issuer hold that
 *     does not answer; zero for not at all
 * @param allowHttp whether issuers on other hosts than this one may be asked without TLS
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
