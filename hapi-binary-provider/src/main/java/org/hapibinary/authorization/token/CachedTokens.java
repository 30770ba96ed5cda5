/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.hapibinary.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Caches the results of a verifier, valid tokens and refused ones, so that a known token costs neither a signature
 * check nor an introspection. The key is the token's SHA-256, so that no heap dump contains tokens. Refused tokens have
 * a cache of their own, so that they cannot displace valid ones.
 */
final class CachedTokens implements TokenVerifier {

    static final int MAX_TOKENS = 10_000;

    private final TokenVerifier verifier;
    private final Cache<HashCode, VerifiedToken> verified;
    private final Cache<HashCode, Problem> refused;

    /**
     * @param verifier verifies unknown tokens
     * @param remembered how long a valid token is cached
     * @param refusalsRemembered how long a refused token is cached; zero for not at all
     */
    CachedTokens(TokenVerifier verifier, Duration remembered, Duration refusalsRemembered) {
        this.verifier = verifier;
        this.verified = cache(remembered);
        this.refused = cache(refusalsRemembered);
    }

    private static <V> Cache<HashCode, V> cache(Duration remembered) {
        return Caffeine.newBuilder()
                .maximumSize(MAX_TOKENS)
                .expireAfterWrite(remembered)
                .build();
    }

    static HashCode keyOf(String token) {
        return Hashing.sha256().hashString(token, StandardCharsets.UTF_8);
    }

    @Override
    public VerifiedToken verify(String token) {
        VerifiedToken known = known(token);
        return known == null ? verifyUnknown(token, keyOf(token)) : known;
    }

    /**
     * Returns a token from the cache; null if it is not there.
     *
     * @throws Problem 401 if it is among the refused ones
     */
    @Nullable
    VerifiedToken known(String token) {
        HashCode key = keyOf(token);
        VerifiedToken known = verified.getIfPresent(key);
        if (known != null) {
            return known;
        }
        Problem refusal = refused.getIfPresent(key);
        if (refusal != null) {
            throw refusal.again();
        }
        return null;
    }

    @Override
    public boolean needsIssuer(String token) {
        HashCode key = keyOf(token);
        return verified.getIfPresent(key) == null && refused.getIfPresent(key) == null && verifier.needsIssuer(token);
    }

    private VerifiedToken verifyUnknown(String token, HashCode key) {
        try {
            VerifiedToken found = verifier.verify(token);
            verified.put(key, found);
            return found;
        } catch (Problem refusal) {
            if (refusal.getStatusCode() == 401) {
                refused.put(key, refusal.again());
            }
            throw refusal;
        }
    }
}
