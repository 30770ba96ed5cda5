/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.jwk.source.RateLimitReachedException;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.oauth2.sdk.GeneralException;
import com.nimbusds.oauth2.sdk.as.AuthorizationServerMetadata;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The public keys of an issuer, cached and fetched again when a token names a key that is not among them, at most once
 * in a while. Where no JWKS address is configured it is taken from the issuer's metadata (RFC 8414, else OpenID Connect
 * Discovery) when the first token comes in, so that the issuer need not be up when the server starts.
 */
public final class IssuerKeys implements JWKSource<SecurityContext> {

    private static final int CONNECT_TIMEOUT_MILLIS = 2_000;
    private static final int READ_TIMEOUT_MILLIS = 5_000;
    private static final int MAX_JWKS_BYTES = 512 * 1024;

    private final String issuer;
    private final @Nullable URI configuredJwksUri;
    private volatile @Nullable JWKSource<SecurityContext> source;

    /** Whether the issuer has answered; then a key that it does not have is unknown, and not out of reach. */
    private volatile boolean reached;

    /**
     * @param issuer the issuer's identifier, an URL
     * @param jwksUri where its keys are; null to ask its metadata
     */
    public IssuerKeys(String issuer, @Nullable URI jwksUri) {
        this.issuer = issuer;
        this.configuredJwksUri = jwksUri;
    }

    @Override
    public List<JWK> get(JWKSelector selector, @Nullable SecurityContext context) throws KeySourceException {
        try {
            List<JWK> keys = source().get(selector, context);
            reached = true;
            return keys;
        } catch (RateLimitReachedException e) {
            if (reached) {
                return List.of();
            }
            throw e;
        }
    }

    private JWKSource<SecurityContext> source() throws KeySourceException {
        JWKSource<SecurityContext> known = source;
        if (known == null) {
            synchronized (this) {
                known = source;
                if (known == null) {
                    known = newSource();
                    source = known;
                }
            }
        }
        return known;
    }

    private JWKSource<SecurityContext> newSource() throws KeySourceException {
        try {
            return JWKSourceBuilder.create(
                            jwksUri().toURL(),
                            new DefaultResourceRetriever(CONNECT_TIMEOUT_MILLIS, READ_TIMEOUT_MILLIS, MAX_JWKS_BYTES))
                    .retrying(true)
                    .build();
        } catch (MalformedURLException e) {
            throw new KeySourceException("Not a JWKS address: " + e.getMessage(), e);
        }
    }

    private URI jwksUri() throws KeySourceException {
        if (configuredJwksUri != null) {
            return configuredJwksUri;
        }
        Issuer id = new Issuer(issuer);
        KeySourceException failure = new KeySourceException("The metadata of " + issuer + " names no JWKS");
        for (Metadata metadata : List.<Metadata>of(IssuerKeys::authorizationServer, IssuerKeys::openIdProvider)) {
            try {
                URI uri = metadata.jwksUri(id);
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

    private interface Metadata {
        @Nullable
        URI jwksUri(Issuer id) throws GeneralException, IOException;
    }
}
