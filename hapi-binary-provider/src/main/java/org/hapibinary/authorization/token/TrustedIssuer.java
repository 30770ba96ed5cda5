/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import java.net.URI;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An OAuth server whose access tokens are accepted.
 *
 * @param issuer the {@code iss} of its tokens, an URL
 * @param jwkSetUri the URL of its public keys; null to read that from its metadata
 * @param audiences the accepted values of {@code aud}, of which a token must name one; not empty
 * @param introspection the endpoint for its opaque tokens; null if these are not accepted
 */
public record TrustedIssuer(
        String issuer, @Nullable URI jwkSetUri, Set<String> audiences, @Nullable IntrospectionEndpoint introspection) {

    public TrustedIssuer {
        audiences = Set.copyOf(audiences);
        if (audiences.isEmpty()) {
            throw new IllegalArgumentException("An issuer's tokens must be made out to somebody");
        }
    }

    /** An issuer whose opaque tokens are not accepted. */
    public TrustedIssuer(String issuer, @Nullable URI jwkSetUri, Set<String> audiences) {
        this(issuer, jwkSetUri, audiences, null);
    }

    /** @param audience the {@code aud} that its tokens must name */
    public TrustedIssuer(String issuer, @Nullable URI jwkSetUri, String audience) {
        this(issuer, jwkSetUri, Set.of(audience));
    }

    /** The same issuer, whose opaque tokens are accepted too. */
    public TrustedIssuer withIntrospection(@Nullable IntrospectionEndpoint endpoint) {
        return new TrustedIssuer(issuer, jwkSetUri, audiences, endpoint);
    }

    /**
     * Whether this value of {@code aud} is one of the accepted audiences. Ignores a slash at the end.
     */
    boolean isAudience(String name) {
        return audiences.stream().anyMatch(audience -> withoutSlash(audience).equals(withoutSlash(name)));
    }

    private static String withoutSlash(String name) {
        return name.endsWith("/") ? name.substring(0, name.length() - 1) : name;
    }

    /** Whether an URL of an issuer is an absolute {@code http} or {@code https} URL with a host. */
    public static boolean isHttp(URI url) {
        return IssuerUrl.isHttp(url);
    }

    /** Whether an URL of an issuer is insecure: {@code http} to another host than the loopback interface. */
    public static boolean isOpenToOthers(URI url) {
        return IssuerUrl.isOpenToOthers(url);
    }
}
