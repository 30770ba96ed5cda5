/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Remembers for a while the tokens that a verifier has vouched for, so that a token seen before costs neither a signature
 * check nor a question to its issuer. Tokens are known by their SHA-256: a heap dump holds none. Refusals are not
 * remembered.
 */
final class CachedTokens implements TokenVerifier {

    private static final int MAX_TOKENS = 10_000;

    private final TokenVerifier verifier;
    private final Cache<HashCode, VerifiedToken> verified;

    /**
     * @param verifier is asked about tokens not seen before
     * @param remembered for how long a token is known
     */
    CachedTokens(TokenVerifier verifier, Duration remembered) {
        this.verifier = verifier;
        this.verified = Caffeine.newBuilder()
                .maximumSize(MAX_TOKENS)
                .expireAfterWrite(remembered)
                .build();
    }

    @Override
    public VerifiedToken verify(String token) {
        HashCode key = Hashing.sha256().hashString(token, StandardCharsets.UTF_8);
        VerifiedToken known = verified.getIfPresent(key);
        if (known == null) {
            known = verifier.verify(token);
            verified.put(key, known);
        }
        return known;
    }
}
