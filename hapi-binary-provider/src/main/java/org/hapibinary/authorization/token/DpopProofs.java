/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import com.google.common.hash.Hashing;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.jwk.AsymmetricJWK;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.hapibinary.authorization.Caller;
import org.hapibinary.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Verifies proofs that a client holds the key to which its token is bound (RFC 9449 §4.3): signed by that key, for this
 * request and this token, created within the last {@link #AGE}, and not used before. Each server remembers only the
 * proofs that it has received itself. It remembers only valid ones, so that a thief who has a token without its key
 * cannot use up the client's quota.
 */
final class DpopProofs {

    static final Duration AGE = Duration.ofSeconds(60);

    private static final Set<JWSAlgorithm> ALGORITHMS = Set.of(
            JWSAlgorithm.ES256,
            JWSAlgorithm.ES384,
            JWSAlgorithm.ES512,
            JWSAlgorithm.RS256,
            JWSAlgorithm.RS384,
            JWSAlgorithm.RS512,
            JWSAlgorithm.PS256,
            JWSAlgorithm.PS384,
            JWSAlgorithm.PS512);

    private static final String ALGORITHM_NAMES = String.join(
            " ", new TreeSet<>(ALGORITHMS.stream().map(JWSAlgorithm::getName).toList()));

    private final List<String> baseUrls;
    private final Clock clock;
    private final UsedProofs used;
    private final DefaultJWTProcessor<Expected> processor = new DefaultJWTProcessor<>();

    /** What a proof must be about. */
    private record Expected(HttpServletRequest request, String token, String thumbprint) implements SecurityContext {}

    /**
     * @param baseUrls the FHIR base URLs as clients see them, without slashes at their ends
     * @param clock measures the age of proofs
     */
    DpopProofs(Collection<String> baseUrls, Clock clock) {
        this.baseUrls = List.copyOf(baseUrls);
        this.clock = clock;
        // a proof from a client whose clock is ahead is valid for up to twice as long
        this.used = new UsedProofs(AGE.multipliedBy(2), clock);
        processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("dpop+jwt")));
        processor.setJWSKeySelector(DpopProofs::keys);
        processor.setJWTClaimsSetVerifier(this::requireFor);
    }

    /**
     * Verifies a proof and marks it as used.
     *
     * @param proof the value of the {@code DPoP} header
     * @param token the access token
     * @param thumbprint of the key to which the token is bound
     * @throws Problem 401 if the proof is invalid, 429 or 503 if too many proofs were used lately
     */
    void check(HttpServletRequest request, String proof, String token, Caller caller, String thumbprint) {
        if (!used.use(caller, idOf(proof, new Expected(request, token, thumbprint)))) {
            throw invalidProof("the proof of possession has been used before", null);
        }
    }

    private String idOf(String proof, Expected expected) {
        try {
            JWTClaimsSet claims = processor.process(SignedJWT.parse(proof), expected);
            return claims.getJWTID();
        } catch (ParseException | BadJOSEException | JOSEException | NullPointerException e) {
            // Nimbus throws a NullPointerException if the header is the JSON null
            throw invalidProof("the proof of possession does not hold", e);
        }
    }

    /** The key in the header, if the token is bound to it. */
    private static List<Key> keys(JWSHeader header, Expected expected) {
        JWK key = header.getJWK();
        try {
            if (!ALGORITHMS.contains(header.getAlgorithm())
                    || !(key instanceof AsymmetricJWK named)
                    || key.isPrivate()) {
                throw invalidProof(
                        "the proof of possession needs an asymmetric algorithm and the public key in jwk", null);
            }
            if (!key.computeThumbprint().toString().equals(expected.thumbprint)) {
                throw invalidProof("the proof of possession is by another key than that of the token", null);
            }
            return List.of(named.toPublicKey());
        } catch (JOSEException e) {
            throw invalidProof("the key of the proof of possession cannot be read", e);
        }
    }

    private void requireFor(JWTClaimsSet claims, Expected expected) {
        if (isBlank(claims.getJWTID())) {
            throw invalidProof("the proof of possession has no jti", null);
        }
        if (!isRecent(claims.getIssueTime())) {
            throw invalidProof(
                    "the proof of possession was not made within the last " + AGE.toSeconds() + " s, by iat", null);
        }
        if (!expected.request.getMethod().equals(text(claims, "htm"))) {
            throw invalidProof("the proof of possession is for another method, by htm", null);
        }
        if (!isFor(text(claims, "htu"), expected.request)) {
            throw invalidProof("the proof of possession is for another address, by htu", null);
        }
        String hash = Base64URL.encode(Hashing.sha256()
                        .hashString(expected.token, StandardCharsets.US_ASCII)
                        .asBytes())
                .toString();
        if (!hash.equals(text(claims, "ath"))) {
            throw invalidProof("the proof of possession is for another token, by ath", null);
        }
    }

    private static boolean isBlank(@Nullable String text) {
        return text == null || text.isBlank();
    }

    private static String text(JWTClaimsSet claims, String claim) {
        return claims.getClaim(claim) instanceof String text ? text : "";
    }

    private boolean isRecent(@Nullable Date madeAt) {
        Instant now = clock.instant();
        return madeAt != null
                && !madeAt.toInstant().isBefore(now.minus(AGE))
                && !madeAt.toInstant().isAfter(now.plus(AGE));
    }

    private boolean isFor(String address, HttpServletRequest request) {
        String path = request.getRequestURI()
                .substring(request.getContextPath().length()
                        + request.getServletPath().length());
        try {
            Set<HttpAddress> addresses = new HashSet<>();
            for (String baseUrl : baseUrls) {
                addresses.add(HttpAddress.of(baseUrl + path));
            }
            return addresses.contains(HttpAddress.of(address));
        } catch (URISyntaxException e) {
            return false;
        }
    }

    /**
     * Returns a 401 for a token that comes without a valid proof.
     *
     * @param reason for the client's developer, without quotes or control characters
     */
    static Problem invalidProof(String reason, @Nullable Exception cause) {
        return Problem.invalidProof(reason, ALGORITHM_NAMES, cause);
    }

    /** Returns the refusal of a token that was sent with a proof. */
    static Problem invalidToken(Problem refusal) {
        return refusal.ofProvenToken(ALGORITHM_NAMES);
    }
}
