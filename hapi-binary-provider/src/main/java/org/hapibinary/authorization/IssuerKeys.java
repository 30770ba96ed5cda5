/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSetCacheRefreshEvaluator;
import com.nimbusds.jose.jwk.source.JWKSetSource;
import com.nimbusds.jose.jwk.source.JWKSetUnavailableException;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.jwk.source.RateLimitReachedException;
import com.nimbusds.jose.jwk.source.URLBasedJWKSetSource;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.oauth2.sdk.GeneralException;
import com.nimbusds.oauth2.sdk.as.AuthorizationServerMetadata;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The public keys of an issuer: cached, fetched again when a token names a key that is not among them, and kept for a
 * while when the issuer does not answer. Tokens, however many, make it fetch at most twice in {@link #REFETCH_INTERVAL}.
 */
final class IssuerKeys implements JWKSource<SecurityContext> {

    static final Duration REFETCH_INTERVAL = Duration.ofSeconds(10);

    private static final Duration CACHED = Duration.ofMinutes(5);
    private static final Duration WAIT_FOR_FETCH = Duration.ofSeconds(15);
    private static final Duration KEPT_IN_OUTAGE = Duration.ofHours(4);

    private final Fetch fetch;
    private final JWKSource<SecurityContext> keys;

    /**
     * @param issuer the issuer's identifier, an URL
     * @param jwkSetUri where its keys are; null to ask its metadata
     */
    IssuerKeys(String issuer, @Nullable URI jwkSetUri) {
        this.fetch = new Fetch(issuer, jwkSetUri);
        this.keys = JWKSourceBuilder.create(fetch)
                .refreshAheadCache(false)
                .cache(CACHED.toMillis(), WAIT_FOR_FETCH.toMillis())
                .rateLimited(REFETCH_INTERVAL.toMillis())
                .outageTolerant(KEPT_IN_OUTAGE.toMillis())
                .build();
    }

    /**
     * @return the keys that fit, none if the issuer does not have any
     * @throws KeySourceException if that cannot be said, because the issuer did not answer when it was last asked
     */
    @Override
    public List<JWK> get(JWKSelector selector, @Nullable SecurityContext context) throws KeySourceException {
        List<JWK> fitting = fittingOrNone(selector, context);
        if (fitting.isEmpty() && fetch.hasFailed) {
            throw new JWKSetUnavailableException("The issuer does not answer, and the key is not among those known");
        }
        return fitting;
    }

    private List<JWK> fittingOrNone(JWKSelector selector, @Nullable SecurityContext context) throws KeySourceException {
        try {
            return keys.get(selector, context);
        } catch (RateLimitReachedException e) {
            return List.of();
        }
    }

    /**
     * One look at the issuer. Where no JWKS address is configured it is taken from the issuer's metadata (RFC 8414, else
     * OpenID Connect Discovery), and asked for again after a failure.
     */
    private static final class Fetch implements JWKSetSource<SecurityContext> {

        private static final int CONNECT_TIMEOUT_MILLIS = 2_000;
        private static final int READ_TIMEOUT_MILLIS = 5_000;
        private static final int MAX_JWKS_BYTES = 512 * 1024;

        private final String issuer;
        private final @Nullable URI configuredJwkSetUri;
        private volatile @Nullable JWKSetSource<SecurityContext> source;
        private volatile boolean hasFailed;

        Fetch(String issuer, @Nullable URI configuredJwkSetUri) {
            this.issuer = issuer;
            this.configuredJwkSetUri = configuredJwkSetUri;
        }

        @Override
        public JWKSet getJWKSet(JWKSetCacheRefreshEvaluator evaluator, long now, @Nullable SecurityContext context)
                throws KeySourceException {
            hasFailed = true;
            JWKSetSource<SecurityContext> known = source;
            source = null;
            JWKSetSource<SecurityContext> current = known != null ? known : newSource();
            JWKSet jwkSet = current.getJWKSet(evaluator, now, context);
            source = current;
            hasFailed = false;
            return jwkSet;
        }

        private JWKSetSource<SecurityContext> newSource() throws KeySourceException {
            try {
                return new URLBasedJWKSetSource<>(
                        jwkSetUri().toURL(),
                        new DefaultResourceRetriever(CONNECT_TIMEOUT_MILLIS, READ_TIMEOUT_MILLIS, MAX_JWKS_BYTES));
            } catch (MalformedURLException e) {
                throw new JWKSetUnavailableException("Not a JWKS address: " + e.getMessage(), e);
            }
        }

        private URI jwkSetUri() throws KeySourceException {
            if (configuredJwkSetUri != null) {
                return configuredJwkSetUri;
            }
            Issuer id = new Issuer(issuer);
            JWKSetUnavailableException failure =
                    new JWKSetUnavailableException("The metadata of " + issuer + " names no JWKS");
            for (Metadata metadata : List.<Metadata>of(Fetch::authorizationServer, Fetch::openIdProvider)) {
                try {
                    URI uri = metadata.jwkSetUri(id);
                    if (uri != null) {
                        return uri;
                    }
                } catch (GeneralException | IOException e) {
                    failure.addSuppressed(e);
                }
            }
            throw failure;
        }

        private static @Nullable URI authorizationServer(Issuer id) throws GeneralException, IOException {
            return AuthorizationServerMetadata.resolve(id, CONNECT_TIMEOUT_MILLIS, READ_TIMEOUT_MILLIS)
                    .getJWKSetURI();
        }

        private static @Nullable URI openIdProvider(Issuer id) throws GeneralException, IOException {
            return OIDCProviderMetadata.resolve(id, CONNECT_TIMEOUT_MILLIS, READ_TIMEOUT_MILLIS)
                    .getJWKSetURI();
        }

        @Override
        public void close() {}

        private interface Metadata {
            @Nullable
            URI jwkSetUri(Issuer id) throws GeneralException, IOException;
        }
    }
}
