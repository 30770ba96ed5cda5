/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.common.hash.HashCode;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWT;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.JWTParser;
import java.net.URI;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hapibinary.authorization.Caller;
import org.hapibinary.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Verifies access tokens of the trusted issuers: a JWT with the keys of the issuer that it names, any other token by
 * introspection where that is configured. Valid tokens are cached for {@link #JWT_REMEMBERED} and {@link
 * #INTROSPECTION_REMEMBERED}, tokens that introspection has refused for {@link #REFUSAL_REMEMBERED}. The times in the
 * token are checked at each use.
 */
public final class AccessTokens {

    static final Duration JWT_REMEMBERED = Duration.ofMinutes(5);
    static final Duration INTROSPECTION_REMEMBERED = Duration.ofSeconds(30);
    static final Duration REFUSAL_REMEMBERED = Duration.ofSeconds(10);

    private final Map<String, TokenVerifier> verifiersByIssuer;
    private final Map<String, IssuerKeys> keysByIssuer;
    private final TokenVerifier opaqueTokens;
    private final AddressLimit addresses;
    private final Clock clock;

    /** By the SHA-256 of tokens that were valid: a token seen before is not parsed again. */
    private final Cache<HashCode, TokenVerifier> verifiersByToken = Caffeine.newBuilder()
            .maximumSize(CachedTokens.MAX_TOKENS)
            .expireAfterWrite(JWT_REMEMBERED)
            .build();

    /**
     * @param issuers the trusted issuers, each once
     * @param settings how tokens are read and issuers are asked
     * @param clock measures the lifetime of tokens
     * @throws IllegalArgumentException if an issuer has an {@code http} URL on another host and the settings do not
     *     allow that
     */
    public AccessTokens(Collection<TrustedIssuer> issuers, TokenSettings settings, Clock clock) {
        if (!settings.allowHttp()) {
            issuers.forEach(AccessTokens::requireTls);
        }
        IssuerConnection connection = new IssuerConnection(settings.allowHttp());
        Map<String, TokenVerifier> verifiers = new HashMap<>();
        Map<String, IssuerKeys> needed = new HashMap<>();
        for (TrustedIssuer issuer : issuers) {
            IssuerKeys keys = new IssuerKeys(issuer, connection, settings.outageTolerance(), clock);
            if (verifiers.put(issuer.issuer(), jwtVerifier(issuer, settings, keys, clock)) != null) {
                throw new IllegalStateException("The issuer " + issuer.issuer() + " is named twice");
            }
            if (issuer.introspection() == null) {
                needed.put(issuer.issuer(), keys);
            }
        }
        this.verifiersByIssuer = Map.copyOf(verifiers);
        this.keysByIssuer = Map.copyOf(needed);
        OpaqueTokens opaque = new OpaqueTokens(introspections(issuers, settings, connection, clock));
        this.opaqueTokens = new SharedAnswers(
                new CachedTokens(opaque, INTROSPECTION_REMEMBERED, REFUSAL_REMEMBERED), opaque::isVouchedFor);
        this.addresses = new AddressLimit(clock);
        this.clock = clock;
    }

    private static void requireTls(TrustedIssuer issuer) {
        Stream.of(
                        Optional.of(URI.create(issuer.issuer())),
                        Optional.ofNullable(issuer.jwkSetUri()),
                        Optional.ofNullable(issuer.introspection()).map(IntrospectionEndpoint::uri))
                .flatMap(Optional::stream)
                .filter(IssuerUrl::isOpenToOthers)
                .forEach(url -> {
                    throw new IllegalArgumentException(
                            url + " must be https, unless it is on this host or TokenSettings allow http");
                });
    }

    /** Does not cache refusals: the key that a JWT names may be published a moment later. */
    private static TokenVerifier jwtVerifier(
            TrustedIssuer issuer, TokenSettings settings, JWKSource<SecurityContext> keys, Clock clock) {
        return new CachedTokens(new JwtVerifier(issuer, settings, keys, clock), JWT_REMEMBERED, Duration.ZERO);
    }

    private static List<TokenIntrospection> introspections(
            Collection<TrustedIssuer> issuers, TokenSettings settings, IssuerConnection connection, Clock clock) {
        List<TokenIntrospection> introspections = new ArrayList<>();
        for (TrustedIssuer issuer : issuers) {
            if (issuer.introspection() != null) {
                introspections.add(new TokenIntrospection(issuer, issuer.introspection(), settings, connection, clock));
            }
        }
        return introspections;
    }

    /**
     * Returns the caller of a bearer token.
     *
     * @throws Problem 401 if the token is invalid, not valid now, or bound to a key; 503 if its issuer does not answer
     */
    public Caller callerOf(String token) {
        return verifierOf(token).verify(token).callerAt(clock.instant());
    }

    /**
     * As {@link #callerOf(String)}, within the limit of unknown tokens from one address.
     *
     * @param address the sender's IP address as text
     * @throws Problem as there, and 429 if too many unknown tokens came from this address
     */
    Caller callerOf(String token, String address) {
        return verify(token, address).callerAt(clock.instant());
    }

    /** Verifies a token that may be bound to a key. Limits and errors are as in {@link #callerOf(String, String)}. */
    VerifiedToken verified(String token, String address) {
        return verify(token, address).usableAt(clock.instant());
    }

    private VerifiedToken verify(String token, String address) {
        TokenVerifier verifier = verifierOf(token);
        if (!verifier.needsIssuer(token)) {
            return verifier.verify(token);
        }
        addresses.take(address);
        boolean isNobodys = false;
        try {
            return verifier.verify(token);
        } catch (Problem refusal) {
            isNobodys = refusal.getStatusCode() == 401;
            throw refusal;
        } finally {
            if (!isNobodys) {
                addresses.giveBack(address);
            }
        }
    }

    /**
     * The issuers of which no key is known, and whose keys cannot be fetched now. Those with introspection need none.
     */
    Set<String> issuersWithoutKeys() {
        return keysByIssuer.entrySet().stream()
                .filter(issuer -> !issuer.getValue().areKnown())
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The clock that measures the lifetime of tokens. */
    Clock clock() {
        return clock;
    }

    private TokenVerifier verifierOf(String token) {
        HashCode key = CachedTokens.keyOf(token);
        TokenVerifier known = verifiersByToken.getIfPresent(key);
        return known == null ? new Remembering(verifierByIssuer(token), key, verifiersByToken) : known;
    }

    private TokenVerifier verifierByIssuer(String token) {
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

    /** The unverified claims of a JWT; null if the token is not a JWT. */
    private static @Nullable JWTClaimsSet claimsOf(String token) {
        try {
            JWT jwt = JWTParser.parse(token);
            return jwt.getJWTClaimsSet();
        } catch (ParseException | NullPointerException e) {
            // Nimbus throws a NullPointerException if the header is the JSON null
            return null;
        }
    }

    /** The verifier of a token that has not been seen before; it is remembered once the token has been verified. */
    private record Remembering(TokenVerifier verifier, HashCode key, Cache<HashCode, TokenVerifier> verifiersByToken)
            implements TokenVerifier {

        @Override
        public VerifiedToken verify(String token) {
            VerifiedToken verified = verifier.verify(token);
            verifiersByToken.put(key, verifier);
            return verified;
        }

        @Override
        public boolean needsIssuer(String token) {
            return verifier.needsIssuer(token);
        }
    }
}
