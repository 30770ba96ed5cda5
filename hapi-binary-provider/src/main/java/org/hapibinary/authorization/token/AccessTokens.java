/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import com.nimbusds.jwt.JWT;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.JWTParser;
import java.net.URI;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hapibinary.authorization.Caller;
import org.hapibinary.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * The access tokens of the trusted issuers. A JWT is verified by the keys of the issuer it names, anything else by
 * introspection where that is configured. What has been verified is remembered for {@link #JWT_REMEMBERED} and {@link
 * #INTROSPECTION_REMEMBERED}, what introspection has refused for {@link #REFUSAL_REMEMBERED}; whether a token may be
 * used at this moment is looked at each time.
 */
public final class AccessTokens {

    static final Duration JWT_REMEMBERED = Duration.ofMinutes(5);
    static final Duration INTROSPECTION_REMEMBERED = Duration.ofSeconds(30);
    static final Duration REFUSAL_REMEMBERED = Duration.ofSeconds(10);

    private final Map<String, TokenVerifier> verifiersByIssuer;
    private final TokenVerifier opaqueTokens;
    private final AddressLimit addresses;
    private final Clock clock;

    /**
     * @param issuers whose tokens are accepted; each only once
     * @param settings how they are read
     * @param clock what the time of tokens is measured by
     * @throws IllegalArgumentException if an issuer would be asked without TLS over the network, which has to be
     *     allowed
     */
    public AccessTokens(Collection<TrustedIssuer> issuers, TokenSettings settings, Clock clock) {
        if (!settings.allowHttp()) {
            issuers.forEach(AccessTokens::requireTls);
        }
        IssuerConnection connection = new IssuerConnection(settings.allowHttp());
        this.verifiersByIssuer = issuers.stream()
                .collect(Collectors.toUnmodifiableMap(
                        TrustedIssuer::issuer, issuer -> jwtVerifier(issuer, settings, connection, clock)));
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

    /** The key that a JWT names may be known a moment later, so that refusals are not remembered. */
    private static TokenVerifier jwtVerifier(
            TrustedIssuer issuer, TokenSettings settings, IssuerConnection connection, Clock clock) {
        IssuerKeys keys = new IssuerKeys(issuer, connection, settings.outageTolerance(), clock);
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
     * The caller that a token speaks for whoever bears it.
     *
     * @throws Problem 401 if the token does not verify, may not be used now or only by the holder of a key; 503 if its
     *     issuer does not answer
     */
    public Caller callerOf(String token) {
        return verifierOf(token).verify(token).callerAt(clock.instant());
    }

    /**
     * The same of a token that has come from an address, from which issuers are not asked about many that are nobody's.
     *
     * @param address an IP address as text
     * @throws Problem as above, and 429 if they have been
     */
    Caller callerOf(String token, String address) {
        return verify(token, address).callerAt(clock.instant());
    }

    /** The token, verified, whoever may use it; from an address as above. */
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

    /** What the time of tokens is measured by. */
    Clock clock() {
        return clock;
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
