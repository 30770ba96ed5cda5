/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.dpop.JWKThumbprintConfirmation;
import com.nimbusds.oauth2.sdk.dpop.verifiers.AccessTokenValidationException;
import com.nimbusds.oauth2.sdk.dpop.verifiers.DPoPIssuer;
import com.nimbusds.oauth2.sdk.dpop.verifiers.DPoPProtectedResourceRequestVerifier;
import com.nimbusds.oauth2.sdk.dpop.verifiers.InvalidDPoPProofException;
import com.nimbusds.oauth2.sdk.id.JWTID;
import com.nimbusds.oauth2.sdk.token.DPoPAccessToken;
import com.nimbusds.oauth2.sdk.util.singleuse.AlreadyUsedException;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.net.URISyntaxException;
import java.text.ParseException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hapibinary.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Proofs that a client holds the key its token is bound to (RFC 9449 §4.3): signed by that key, for this very request
 * and token, made within the last {@link #AGE}, and not used before. A server remembers the proofs that it has seen
 * itself.
 */
final class DpopProofs {

    static final Duration AGE = Duration.ofSeconds(60);

    private static final int MAX_PROOFS = 100_000;
    private static final Pattern ESCAPED = Pattern.compile("%([0-9A-Fa-f]{2})");
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9._~$-]");

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
    private final DPoPProtectedResourceRequestVerifier verifier;
    private final Cache<Map.Entry<DPoPIssuer, JWTID>, Boolean> used = Caffeine.newBuilder()
            .maximumSize(MAX_PROOFS)
            .expireAfterWrite(AGE.multipliedBy(2))
            .build();

    /** @param baseUrls the FHIR base URLs as clients see them, without slashes at their ends */
    DpopProofs(Collection<String> baseUrls) {
        this.baseUrls = List.copyOf(baseUrls);
        this.verifier = new DPoPProtectedResourceRequestVerifier(ALGORITHMS, AGE.toSeconds(), this::markAsUsed);
    }

    private void markAsUsed(Map.Entry<DPoPIssuer, JWTID> proof) throws AlreadyUsedException {
        if (used.asMap().putIfAbsent(proof, true) != null) {
            throw new AlreadyUsedException("the proof has been used before");
        }
    }

    /**
     * @param proof the value of the {@code DPoP} header
     * @param token that is bound to the key of this thumbprint
     * @throws Problem 401 if the proof does not hold
     */
    void check(HttpServletRequest request, String proof, String token, Caller caller, String thumbprint) {
        try {
            SignedJWT jwt = SignedJWT.parse(proof);
            verifier.verify(
                    request.getMethod(),
                    addressIn(jwt, request),
                    new DPoPIssuer(caller.issuer() + " " + caller.clientId()),
                    jwt,
                    new DPoPAccessToken(token),
                    new JWKThumbprintConfirmation(new Base64URL(thumbprint)),
                    null);
        } catch (ParseException | URISyntaxException | InvalidDPoPProofException | JOSEException e) {
            throw invalidProof("the proof of possession does not hold for this request", e);
        } catch (AccessTokenValidationException e) {
            throw invalidProof("the proof of possession is for another token, or by another key", e);
        }
    }

    /**
     * The address that the proof is for, if it is that of the request. The request may have escapes that an URL does
     * not need; the proof may not, see {@code URIUtils.getBaseURI}.
     */
    private URI addressIn(SignedJWT proof, HttpServletRequest request) throws ParseException, URISyntaxException {
        String named = proof.getJWTClaimsSet().getStringClaim("htu");
        if (named == null) {
            throw new ParseException("The proof names no address", 0);
        }
        URI address = new URI(named);
        String path = request.getRequestURI()
                .substring(request.getContextPath().length()
                        + request.getServletPath().length());
        for (String baseUrl : baseUrls) {
            if (normal(new URI(baseUrl + path)).equals(normal(address))) {
                return address;
            }
        }
        throw new ParseException("The proof is for " + named, 0);
    }

    private static String normal(URI uri) {
        String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
        int port = uri.getPort() >= 0 ? uri.getPort() : scheme.equals("https") ? 443 : 80;
        return scheme + "://" + String.valueOf(uri.getHost()).toLowerCase(Locale.ROOT) + ":" + port
                + ESCAPED.matcher(String.valueOf(uri.getRawPath())).replaceAll(DpopProofs::normalEscape);
    }

    private static String normalEscape(MatchResult escape) {
        String character = String.valueOf((char) Integer.parseInt(escape.group(1), 16));
        return Matcher.quoteReplacement(
                PLAIN.matcher(character).matches() ? character : escape.group().toUpperCase(Locale.ROOT));
    }

    static Problem invalidProof(String reason, @Nullable Exception cause) {
        return Problem.invalidProof(reason, ALGORITHM_NAMES, cause);
    }
}
