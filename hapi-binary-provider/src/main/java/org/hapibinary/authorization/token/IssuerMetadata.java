/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cached metadata of an issuer, for clients that look for its token endpoint. The first request fetches it. A
 * limited number of requests waits for the issuer. After one request has waited {@link #PATIENCE} in vain, later ones
 * do not wait until the issuer has answered.
 */
public final class IssuerMetadata {

    private static final Logger log = LoggerFactory.getLogger(IssuerMetadata.class);
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final int MOST_WAITING = 16;
    private static final Duration FRESH = Duration.ofMinutes(10);
    private static final Duration BETWEEN_FAILURES = Duration.ofSeconds(10);

    private final String issuer;
    private final IssuerConnection connection;
    private final Clock clock;
    private final Semaphore places = new Semaphore(MOST_WAITING);
    private @Nullable OAuthServer known;
    private @Nullable CompletableFuture<Void> fetch;
    private Instant nextFetch = Instant.MIN;
    private boolean isSlow;

    /**
     * @param issuer the issuer's identifier, an URL
     * @param settings whether requests may go without TLS
     * @param clock measures the age of the metadata
     */
    public IssuerMetadata(String issuer, TokenSettings settings, Clock clock) {
        this.issuer = issuer;
        this.connection = new IssuerConnection(settings.allowHttp());
        this.clock = clock;
    }

    /** The issuer's last answer; empty if it has not answered yet, or has no token endpoint. */
    public Optional<OAuthServer> find() {
        CompletableFuture<Void> awaited = toAwait();
        if (awaited != null && places.tryAcquire()) {
            try {
                await(awaited);
            } finally {
                places.release();
            }
        }
        return known();
    }

    private synchronized Optional<OAuthServer> known() {
        return Optional.ofNullable(known);
    }

    private synchronized @Nullable CompletableFuture<Void> toAwait() {
        if (fetch == null && !clock.instant().isBefore(nextFetch)) {
            CompletableFuture<Void> started = new CompletableFuture<>();
            fetch = started;
            Thread thread = new Thread(() -> fetch(started), "hapi-binary issuer metadata");
            thread.setDaemon(true);
            thread.start();
        }
        return known == null && !isSlow ? fetch : null;
    }

    private void await(CompletableFuture<Void> awaited) {
        try {
            awaited.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            setSlow();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private synchronized void setSlow() {
        isSlow = known == null;
    }

    private void fetch(CompletableFuture<Void> ended) {
        OAuthServer found = null;
        try {
            found = ask();
        } finally {
            end(found);
            ended.complete(null);
        }
    }

    private synchronized void end(@Nullable OAuthServer found) {
        fetch = null;
        nextFetch = clock.instant().plus(found == null ? BETWEEN_FAILURES : FRESH);
        if (found != null) {
            known = found;
            isSlow = false;
        }
    }

    private @Nullable OAuthServer ask() {
        try {
            return connection.fromMetadata(issuer, OAuthServer::of);
        } catch (IOException e) {
            log.debug("No metadata of the issuer {}", issuer, e);
            log.warn(
                    "The issuer {} cannot be asked for its endpoints; clients are not told where to get tokens",
                    issuer);
            return null;
        }
    }
}
