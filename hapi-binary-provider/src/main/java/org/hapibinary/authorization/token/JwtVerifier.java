/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

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
import java.util.Date;
import java.util.Set;
import org.hapibinary.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Verifies JWT access tokens of one issuer (RFC 9068, RFC 7519): signature by a public key of its JWKS, {@code iss},
 * {@code aud}, {@code exp} and {@code nbf}. Unsigned and HMAC-signed tokens never verify.
 */
final class JwtVerifier implements TokenVerifier {

    private static final Set<JWSAlgorithm> ALGORITHMS = Set.of(
            JWSAlgorithm.RS256,
            JWSAlgorithm.RS384,
            JWSAlgorithm.RS512,
            JWSAlgorithm.PS256,
            JWSAlgorithm.PS384,
            JWSAlgorithm.PS512,
            JWSAlgorithm.ES256,
            JWSAlgorithm.ES384,
            JWSAlgorithm.ES512);

    private static final int RETRY_AFTER_SECONDS = (int) IssuerKeys.REFETCH_INTERVAL.toSeconds();

    private final TrustedIssuer issuer;
    private final TokenSettings settings;
    private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();

    /**
     * @param issuer the issuer of the tokens
     * @param settings the claims that contain the scopes
     * @param keys the issuer's public keys
     * @param clock compared with {@code exp} and {@code nbf}
     */
    JwtVerifier(TrustedIssuer issuer, TokenSettings settings, JWKSource<SecurityContext> keys, Clock clock) {
        this.issuer = issuer;
        this.settings = settings;
        processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(
                JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), new JOSEObjectType("application/at+jwt"), null));
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(ALGORITHMS, keys));
        processor.setJWTClaimsSetVerifier(claimsVerifier(issuer, clock));
    }

    private static DefaultJWTClaimsVerifier<SecurityContext> claimsVerifier(TrustedIssuer issuer, Clock clock) {
        DefaultJWTClaimsVerifier<SecurityContext> verifier =
                new DefaultJWTClaimsVerifier<>(
                        null, // the audience is checked with the other claims
                        new JWTClaimsSet.Builder().issuer(issuer.issuer()).build(),
                        Set.of("exp"),
                        Set.of()) {
                    @Override
                    protected Date currentTime() {
                        return Date.from(clock.instant());
                    }
                };
        verifier.setMaxClockSkew((int) VerifiedToken.CLOCK_SKEW.toSeconds());
        return verifier;
    }

    @Override
    public VerifiedToken verify(String token) {
        try {
            return verified(processor.process(token, null));
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

    private VerifiedToken verified(JWTClaimsSet claims) {
        TokenClaims token = new TokenClaims(claims.getClaims());
        token.requireAudience(issuer);
        Date notBefore = claims.getNotBeforeTime();
        return new VerifiedToken(
                token.caller(issuer.issuer(), settings.scopeClaims()),
                token.boundKey(),
                notBefore == null ? null : notBefore.toInstant(),
                claims.getExpirationTime().toInstant());
    }

    private static String harmless(@Nullable String message) {
        return message == null ? "it does not verify" : message.replaceAll("[^\\x20-\\x7e]|[\"\\\\]", "'");
    }
}
