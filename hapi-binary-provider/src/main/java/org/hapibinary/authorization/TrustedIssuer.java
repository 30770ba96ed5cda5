/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import java.net.URI;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An OAuth server whose access tokens are accepted.
 *
 * @param issuer the {@code iss} of its tokens, an URL
 * @param jwkSetUri where its public keys are; null to ask its metadata
 * @param audiences one of which the {@code aud} of its tokens must name; not empty
 */
public record TrustedIssuer(String issuer, @Nullable URI jwkSetUri, Set<String> audiences) {

    public TrustedIssuer {
        audiences = Set.copyOf(audiences);
        if (audiences.isEmpty()) {
            throw new IllegalArgumentException("An issuer's tokens must be made out to somebody");
        }
    }

    /** @param audience the {@code aud} that its tokens must name */
    public TrustedIssuer(String issuer, @Nullable URI jwkSetUri, String audience) {
        this(issuer, jwkSetUri, Set.of(audience));
    }
}
