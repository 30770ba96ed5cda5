/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.common.hash.HashCode;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.hapibinary.problem.Problem;

/**
 * Verifies opaque tokens, which do not name their issuer. It asks the issuers in the configured order, those last that
 * have just failed to answer, until one knows the token as active, whether or not it is valid here. Later, it asks only
 * that issuer about the token.
 */
final class OpaqueTokens implements TokenVerifier {

    private static final Duration ISSUER_REMEMBERED = Duration.ofMinutes(10);

    private final List<TokenIntrospection> issuers;
    private final Cache<HashCode, TokenIntrospection> issuersByToken = Caffeine.newBuilder()
            .maximumSize(CachedTokens.MAX_TOKENS)
            .expireAfterWrite(ISSUER_REMEMBERED)
            .build();

    OpaqueTokens(List<TokenIntrospection> issuers) {
        this.issuers = List.copyOf(issuers);
    }

    @Override
    public VerifiedToken verify(String token) {
        if (issuers.isEmpty()) {
            throw Problem.invalidToken("it is not a signed JWT", null);
        }
        HashCode key = CachedTokens.keyOf(token);
        TokenIntrospection known = issuersByToken.getIfPresent(key);
        return known == null ? verifyUnknown(token, key) : verifyKnown(token, key, known);
    }

    /** Whether an issuer has lately confirmed the token. False for any made-up token. */
    boolean isVouchedFor(String token) {
        return issuersByToken.getIfPresent(CachedTokens.keyOf(token)) != null;
    }

    @Override
    public boolean needsIssuer(String token) {
        return !issuers.isEmpty() && !isVouchedFor(token);
    }

    private VerifiedToken verifyKnown(String token, HashCode key, TokenIntrospection issuer) {
        try {
            return issuer.find(token, true).orElseThrow(OpaqueTokens::notActive);
        } catch (Problem e) {
            if (!isUnavailable(e)) {
                issuersByToken.invalidate(key);
            }
            throw e;
        }
    }

    private VerifiedToken verifyUnknown(String token, HashCode key) {
        Problem unavailable = null;
        for (TokenIntrospection issuer : issuers.stream()
                .sorted(Comparator.comparing(TokenIntrospection::isDown))
                .toList()) {
            try {
                Optional<VerifiedToken> found = issuer.find(token, false);
                if (found.isPresent()) {
                    issuersByToken.put(key, issuer);
                    return found.get();
                }
            } catch (Problem e) {
                if (!isUnavailable(e)) {
                    throw e;
                }
                unavailable = e;
            }
        }
        throw unavailable == null ? notActive() : unavailable;
    }

    private static boolean isUnavailable(Problem refusal) {
        return refusal.getStatusCode() == 503;
    }

    private static Problem notActive() {
        return Problem.invalidToken("its issuer says that it is not active", null);
    }
}
