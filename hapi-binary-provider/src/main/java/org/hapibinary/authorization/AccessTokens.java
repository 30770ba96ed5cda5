/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import com.nimbusds.jwt.JWT;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.JWTParser;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.stream.Collectors;
import org.hapibinary.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * The access tokens of the trusted issuers. A JWT is verified by the keys of the issuer it names, anything else by
 * introspection where that is configured. What has been verified is remembered for {@link #JWT_REMEMBERED} and {@link
 * #INTROSPECTION_REMEMBERED}; whether a token may be used at this moment is looked at each time.
 */
public final class AccessTokens {

    static final Duration JWT_REMEMBERED = Duration.ofMinutes(5);
    static final Duration INTROSPECTION_REMEMBERED = Duration.ofSeconds(30);

    private final Map<String, TokenVerifier> verifiersByIssuer;
    private final TokenVerifier opaqueTokens;
    private final Clock clock;

    /**
     * @param issuers whose tokens are accepted; each only once
     * @param introspection where opaque tokens are verified; null if they are not accepted
     * @param clock what the time of tokens is measured by
     */
    public AccessTokens(Collection<TrustedIssuer> issuers, @Nullable IntrospectionEndpoint introspection, Clock clock) {
        this.verifiersByIssuer = issuers.stream()
                .collect(Collectors.toUnmodifiableMap(TrustedIssuer::issuer, issuer -> jwtVerifier(issuer, clock)));
        this.opaqueTokens = introspection == null
                ? AccessTokens::refuse
                : new CachedTokens(new TokenIntrospection(introspection, issuers), INTROSPECTION_REMEMBERED);
        this.clock = clock;
    }

    private static TokenVerifier jwtVerifier(TrustedIssuer issuer, Clock clock) {
        IssuerKeys keys = new IssuerKeys(issuer.issuer(), issuer.jwkSetUri());
        return new CachedTokens(new JwtVerifier(issuer, keys, clock), JWT_REMEMBERED);
    }

    private static VerifiedToken refuse(String opaqueToken) {
        throw Problem.invalidToken("it is not a signed JWT", null);
    }

    /**
     * The caller a token speaks for.
     *
     * @throws Problem 401 if the token does not verify or may not be used now, 503 if its issuer does not answer
     */
    public Caller callerOf(String token) {
        return verifierOf(token).verify(token).callerAt(clock.instant());
    }

    private TokenVerifier verifierOf(String token) {
        JWTClaimsSet claims = claimsOf(token);
        if (claims == null) {
            return opaqueTokens;
        }
        TokenVerifier verifier = verifiersByIssuer.get(String.valueOf(claims.getIssuer()));
        if (verifier == null) {
            throw Problem.invalidToken("its issuer is not trusted here", null);
        }
        return verifier;
    }

    /** The claims of a JWT, unverified; null if the token is something else. */
    private static @Nullable JWTClaimsSet claimsOf(String token) {
        try {
            JWT jwt = JWTParser.parse(token);
            return jwt.getJWTClaimsSet();
        } catch (ParseException | NullPointerException e) {
            // Nimbus throws the latter where the header is the JSON null
            return null;
        }
    }
}
