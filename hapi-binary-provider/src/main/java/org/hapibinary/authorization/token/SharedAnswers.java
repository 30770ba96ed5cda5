/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import com.google.common.hash.HashCode;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Predicate;
import org.hapibinary.problem.Problem;

/**
 * Combines concurrent requests with the same token: one asks the issuer, the others wait for its answer, good or bad. A
 * bounded number of requests waits. Tokens that an issuer has lately confirmed have places of their own (a bulkhead),
 * which made-up tokens cannot take.
 */
final class SharedAnswers implements TokenVerifier {

    static final int WAITING = 64;

    private static final int RETRY_AFTER_SECONDS = 1;

    private final CachedTokens tokens;
    private final Predicate<String> isVouchedFor;
    private final Map<HashCode, CompletableFuture<VerifiedToken>> underWay = new ConcurrentHashMap<>();
    private final Semaphore places = new Semaphore(WAITING);
    private final Semaphore placesOfVouchedFor = new Semaphore(WAITING);

    /**
     * @param tokens the cache, which asks the issuers about unknown tokens
     * @param isVouchedFor whether an issuer has lately confirmed a token
     */
    SharedAnswers(CachedTokens tokens, Predicate<String> isVouchedFor) {
        this.tokens = tokens;
        this.isVouchedFor = isVouchedFor;
    }

    @Override
    public VerifiedToken verify(String token) {
        VerifiedToken known = tokens.known(token);
        if (known != null) {
            return known;
        }
        HashCode key = CachedTokens.keyOf(token);
        CompletableFuture<VerifiedToken> own = new CompletableFuture<>();
        CompletableFuture<VerifiedToken> first = underWay.putIfAbsent(key, own);
        return first == null ? ask(token, key, own) : await(first, isVouchedFor.test(token));
    }

    @Override
    public boolean needsIssuer(String token) {
        return tokens.needsIssuer(token);
    }

    private VerifiedToken ask(String token, HashCode key, CompletableFuture<VerifiedToken> answer) {
        try {
            VerifiedToken found = tokens.verify(token);
            answer.complete(found);
            return found;
        } catch (RuntimeException | Error e) {
            answer.completeExceptionally(e);
            throw e;
        } finally {
            underWay.remove(key, answer);
        }
    }

    private VerifiedToken await(CompletableFuture<VerifiedToken> answer, boolean isVouchedForLately) {
        Semaphore own = isVouchedForLately ? placesOfVouchedFor : places;
        if (!own.tryAcquire()) {
            throw Problem.unavailable(
                    "Too many requests wait for what the issuer of their token says of it.", RETRY_AFTER_SECONDS, null);
        }
        try {
            return answer.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof Problem problem ? problem.again() : e;
        } finally {
            own.release();
        }
    }
}
