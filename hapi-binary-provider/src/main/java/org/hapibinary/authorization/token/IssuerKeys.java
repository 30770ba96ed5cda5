/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSetUnavailableException;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.oauth2.sdk.as.AuthorizationServerMetadata;
import java.io.IOException;
import java.net.URI;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cached public keys of an issuer. They are fetched again before {@link #FRESH} has passed, and when a token names
 * an unknown key; they are kept longer if the issuer does not answer. Any number of tokens causes at most two fetches
 * in {@link #REFETCH_INTERVAL}, one at a time. Fetches run in the background: a request whose key is known does not
 * wait, and of the other requests at most {@link #MOST_WAITING} wait, for up to {@link #PATIENCE}.
 */
final class IssuerKeys implements JWKSource<SecurityContext> {

    static final Duration REFETCH_INTERVAL = Duration.ofSeconds(10);
    static final Duration FRESH = Duration.ofMinutes(5);

    /** Earlier than {@link #FRESH}, so that the keys stay fresh as long as requests arrive. */
    static final Duration REFETCH_AGE = Duration.ofMinutes(4);

    private static final Logger log = LoggerFactory.getLogger(IssuerKeys.class);
    private static final int FETCHES_PER_INTERVAL = 2;
    static final Duration PATIENCE = Duration.ofSeconds(1);
    /** Longer, because without any key every request would be refused. */
    private static final Duration PATIENCE_AT_FIRST = IssuerConnection.TIME;

    private static final int MOST_WAITING = 16;

    private final TrustedIssuer issuer;
    private final IssuerConnection connection;
    private final Duration kept;
    private final Clock clock;
    private final Semaphore places = new Semaphore(MOST_WAITING);

    private volatile @Nullable Known known;
    private volatile boolean hasFailed;
    /** Whether a request has waited in vain since the issuer last answered. */
    private volatile boolean isSlow;

    private @Nullable URI foundUri;
    private @Nullable CompletableFuture<Void> fetch;
    private Instant intervalStart = Instant.MIN;
    private int fetches;

    private record Known(JWKSet keys, Instant since) {}

    /**
     * @param issuer the issuer; if it has no URL of its keys, that is read from its metadata
     * @param outageTolerance how much longer the keys are kept if the issuer does not answer
     * @param clock measures the age of the keys
     */
    IssuerKeys(TrustedIssuer issuer, IssuerConnection connection, Duration outageTolerance, Clock clock) {
        this.issuer = issuer;
        this.connection = connection;
        this.kept = FRESH.plus(outageTolerance);
        this.clock = clock;
    }

    /**
     * @return the matching keys; empty if the issuer has none
     * @throws KeySourceException if no cached key matches and the issuer does not answer
     */
    @Override
    public List<JWK> get(JWKSelector selector, @Nullable SecurityContext context) throws KeySourceException {
        List<JWK> fitting = fitting(selector);
        if (fitting.isEmpty() || !isYounger(REFETCH_AGE)) {
            fetchAgain();
        }
        if (!fitting.isEmpty()) {
            return fitting;
        }
        CompletableFuture<Void> awaited = underWay();
        boolean ended = awaited == null || await(awaited, isYounger(kept) ? PATIENCE : PATIENCE_AT_FIRST);
        fitting = fitting(selector);
        if (fitting.isEmpty() && (hasFailed || !ended)) {
            throw new JWKSetUnavailableException("The issuer does not answer, and the key is not among those known");
        }
        return fitting;
    }

    /**
     * Whether any keys are known. If not, they are fetched, within the limits of all fetches, and awaited.
     */
    boolean areKnown() {
        if (!isYounger(kept)) {
            fetchAgain();
            CompletableFuture<Void> awaited = underWay();
            try {
                if (awaited != null) {
                    await(awaited, PATIENCE);
                }
            } catch (KeySourceException e) {
                log.debug("The keys of the issuer {} cannot be fetched", issuer.issuer(), e);
            }
        }
        return isYounger(kept);
    }

    private List<JWK> fitting(JWKSelector selector) {
        Known now = known;
        return now == null || !isYounger(kept) ? List.of() : selector.select(now.keys);
    }

    private boolean isYounger(Duration age) {
        Known now = known;
        return now != null && clock.instant().isBefore(now.since.plus(age));
    }

    /** Waits for a fetch. Returns whether it has ended. */
    private boolean await(CompletableFuture<Void> awaited, Duration patience) throws KeySourceException {
        if (isSlow || !places.tryAcquire()) {
            return awaited.isDone();
        }
        try {
            awaited.get(patience.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            isSlow = !awaited.isDone();
            return awaited.isDone();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException e) {
            throw new KeySourceException("The keys cannot be fetched", e);
        } finally {
            places.release();
        }
    }

    private synchronized @Nullable CompletableFuture<Void> underWay() {
        return fetch;
    }

    /** Starts a fetch, unless one is under way or the interval has had its two. */
    private synchronized void fetchAgain() {
        if (fetch != null) {
            return;
        }
        Instant now = clock.instant();
        if (!now.isBefore(intervalStart.plus(REFETCH_INTERVAL))) {
            intervalStart = now;
            fetches = 0;
        }
        if (fetches < FETCHES_PER_INTERVAL) {
            fetches++;
            CompletableFuture<Void> started = new CompletableFuture<>();
            fetch = started;
            Thread thread = new Thread(() -> fetch(started), "hapi-binary issuer keys");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void fetch(CompletableFuture<Void> ended) {
        JWKSet keys = null;
        try {
            keys = JWKSet.parse(connection.get(uri()));
        } catch (IOException | ParseException | RuntimeException e) {
            log.warn("The keys of the issuer {} cannot be fetched: {}", issuer.issuer(), e.getMessage());
            log.debug("The keys of the issuer {} cannot be fetched", issuer.issuer(), e);
        } finally {
            end(keys);
            ended.complete(null);
        }
    }

    private synchronized void end(@Nullable JWKSet keys) {
        fetch = null;
        hasFailed = keys == null;
        if (keys == null) {
            foundUri = null;
        } else {
            known = new Known(keys, clock.instant());
            isSlow = false;
        }
    }

    private URI uri() throws IOException {
        if (issuer.jwkSetUri() != null) {
            return issuer.jwkSetUri();
        }
        URI found = foundUri();
        if (found == null) {
            found = connection.fromMetadata(issuer.issuer(), AuthorizationServerMetadata::getJWKSetURI);
            setFoundUri(found);
        }
        return found;
    }

    private synchronized @Nullable URI foundUri() {
        return foundUri;
    }

    private synchronized void setFoundUri(URI uri) {
        foundUri = uri;
    }
}
