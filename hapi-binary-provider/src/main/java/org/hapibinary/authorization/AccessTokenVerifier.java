/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.text.ParseException;
import java.time.Clock;
import java.util.Collection;
import java.util.Date;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.hapibinary.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Verifies JWT access tokens of one issuer (RFC 9068, RFC 7519): signature by a public key of its JWKS, {@code iss},
 * {@code aud}, {@code exp} and {@code nbf} with {@value #CLOCK_SKEW_SECONDS} s of skew. Unsigned and HMAC-signed tokens
 * never verify.
 */
public final class AccessTokenVerifier {

    private static final int CLOCK_SKEW_SECONDS = 60;
    private static final int RETRY_AFTER_SECONDS = 30;

    private final String issuer;
    private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();

    /**
     * @param issuer the {@code iss} a token must have
     * @param audience the {@code aud} a token must name
     * @param keys the issuer's public keys
     * @param clock what {@code exp} and {@code nbf} are measured by
     */
    public AccessTokenVerifier(String issuer, String audience, JWKSource<SecurityContext> keys, Clock clock) {
        this.issuer = issuer;
        processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(
                JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), new JOSEObjectType("application/at+jwt"), null));
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(publicKeyAlgorithms(), keys));
        processor.setJWTClaimsSetVerifier(claimsVerifier(audience, clock));
    }

    private static Set<JWSAlgorithm> publicKeyAlgorithms() {
        Set<JWSAlgorithm> algorithms = new LinkedHashSet<>(JWSAlgorithm.Family.RSA);
        algorithms.addAll(JWSAlgorithm.Family.EC);
        return algorithms;
    }

    private DefaultJWTClaimsVerifier<SecurityContext> claimsVerifier(String audience, Clock clock) {
        DefaultJWTClaimsVerifier<SecurityContext> verifier =
                new DefaultJWTClaimsVerifier<>(
                        audience, new JWTClaimsSet.Builder().issuer(issuer).build(), Set.of("exp")) {
                    @Override
                    protected Date currentTime() {
                        return Date.from(clock.instant());
                    }
                };
        verifier.setMaxClockSkew(CLOCK_SKEW_SECONDS);
        return verifier;
    }

    /**
     * The caller of a token.
     *
     * @throws Problem 401 if the token does not verify, 503 if the issuer's keys cannot be had
     */
    public Caller verify(String token) {
        try {
            return toCaller(processor.process(token, null));
        } catch (ParseException e) {
            throw Problem.invalidToken("it is not a signed JWT", e);
        } catch (BadJOSEException e) {
            throw Problem.invalidToken(harmless(e.getMessage()), e);
        } catch (KeySourceException e) {
            throw Problem.unavailable(
                    "The token issuer's keys cannot be fetched at the moment.", RETRY_AFTER_SECONDS, e);
        } catch (JOSEException e) {
            throw Problem.invalidToken("its signature cannot be checked", e);
        }
    }

    private Caller toCaller(JWTClaimsSet claims) throws ParseException {
        SmartScopes scopes = SmartScopes.parse(scope(claims));
        String subject = claims.getSubject();
        String clientId = firstOf(claims.getStringClaim("client_id"), claims.getStringClaim("azp"), subject);
        if (clientId == null) {
            throw Problem.invalidToken("it names no client", null);
        }
        return new Caller(issuer, clientId, scopes.areUserLevel() ? subject : null, scopes);
    }

    private static String scope(JWTClaimsSet claims) throws ParseException {
        Object scope = claims.getClaim("scope");
        if (scope instanceof Collection<?> list) {
            return list.stream().map(Objects::toString).collect(Collectors.joining(" "));
        }
        return Objects.requireNonNullElse(claims.getStringClaim("scope"), "");
    }

    private static @Nullable String firstOf(@Nullable String... candidates) {
        for (String candidate : candidates) {
            if (candidate != null && !candidate.isBlank()) {
                return candidate;
            }
        }
        return null;
    }

    private static String harmless(@Nullable String message) {
        return message == null ? "it does not verify" : message.replaceAll("[^\\x20-\\x7e]|[\"\\\\]", "'");
    }
}
