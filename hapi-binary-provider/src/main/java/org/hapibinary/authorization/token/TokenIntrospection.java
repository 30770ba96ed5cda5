/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import com.nimbusds.oauth2.sdk.GeneralException;
import com.nimbusds.oauth2.sdk.TokenIntrospectionRequest;
import com.nimbusds.oauth2.sdk.TokenIntrospectionResponse;
import com.nimbusds.oauth2.sdk.TokenIntrospectionSuccessResponse;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.token.TypelessAccessToken;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.hapibinary.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Asks one OAuth server about opaque tokens (RFC 7662 §2). An answer that names another issuer is not accepted. A
 * bounded number of requests waits at once. Tokens that the server has lately confirmed have places of their own (a
 * bulkhead), which made-up tokens cannot take.
 */
final class TokenIntrospection {

    static final int PLACES = 16;
    static final int PLACES_OF_KNOWN_TOKENS = 32;

    private static final int RETRY_AFTER_SECONDS = 10;
    private static final Duration ASKED_LAST = Duration.ofSeconds(10);
    private static final Set<String> ACCESS_TOKEN_TYPES = Set.of("bearer", "dpop");

    private final TrustedIssuer issuer;
    private final IntrospectionEndpoint endpoint;
    private final TokenSettings settings;
    private final IssuerConnection connection;
    private final Clock clock;
    private final Semaphore places = new Semaphore(PLACES);
    private final Semaphore placesOfKnownTokens = new Semaphore(PLACES_OF_KNOWN_TOKENS);
    private volatile Instant failedLast = Instant.MIN;

    /**
     * @param issuer the issuer of the tokens
     * @param endpoint its introspection endpoint
     * @param settings the claims that contain the scopes
     * @param clock measures the time since the last failure
     */
    TokenIntrospection(
            TrustedIssuer issuer,
            IntrospectionEndpoint endpoint,
            TokenSettings settings,
            IssuerConnection connection,
            Clock clock) {
        this.issuer = issuer;
        this.endpoint = endpoint;
        this.settings = settings;
        this.connection = connection;
        this.clock = clock;
    }

    /** Whether it has failed to answer within the last {@link #ASKED_LAST}. */
    boolean isDown() {
        return clock.instant().isBefore(failedLast.plus(ASKED_LAST));
    }

    /**
     * @param isKnown whether this issuer has lately confirmed the token
     * @return the verified token; empty if the issuer does not know it as active
     * @throws Problem 401 if the issuer knows the token, but it is not valid here; 503 if the issuer does not answer,
     *     or too many requests are waiting
     */
    Optional<VerifiedToken> find(String token, boolean isKnown) {
        Semaphore own = isKnown ? placesOfKnownTokens : places;
        if (!own.tryAcquire()) {
            throw unavailable(null);
        }
        TokenIntrospectionSuccessResponse answer;
        try {
            answer = ask(token);
        } finally {
            own.release();
        }
        return answer.isActive() ? Optional.of(verified(answer)) : Optional.empty();
    }

    private VerifiedToken verified(TokenIntrospectionSuccessResponse answer) {
        TokenClaims claims = new TokenClaims(answer.getParameters());
        String named = claims.text("iss");
        if (named != null && !named.equals(issuer.issuer())) {
            throw Problem.invalidToken("the issuer that vouches for it is not its own", null);
        }
        claims.requireAudience(issuer);
        String boundKey = claims.boundKey();
        String type = claims.text("token_type");
        if (type != null && !ACCESS_TOKEN_TYPES.contains(type.toLowerCase(Locale.ROOT))) {
            throw Problem.invalidToken("it is not an access token", null);
        }
        if ("dpop".equalsIgnoreCase(type) && boundKey == null) {
            throw Problem.invalidToken("it is bound to a key, and its issuer does not say to which", null);
        }
        return new VerifiedToken(
                claims.caller(issuer.issuer(), settings.scopeClaims()),
                boundKey,
                instantOf(answer.getNotBeforeTime()),
                instantOf(answer.getExpirationTime()));
    }

    private TokenIntrospectionSuccessResponse ask(String token) {
        TokenIntrospectionRequest request = new TokenIntrospectionRequest(
                endpoint.uri(),
                new ClientSecretBasic(new ClientID(endpoint.clientId()), new Secret(endpoint.clientSecret())),
                new TypelessAccessToken(token));
        try {
            TokenIntrospectionResponse response =
                    TokenIntrospectionResponse.parse(connection.send(request.toHTTPRequest()));
            if (response.indicatesSuccess()) {
                failedLast = Instant.MIN;
                return response.toSuccessResponse();
            }
            throw new IOException("The introspection endpoint refuses: "
                    + response.toErrorResponse().getErrorObject());
        } catch (IOException | GeneralException e) {
            failedLast = clock.instant();
            throw unavailable(e);
        }
    }

    private static Problem unavailable(@Nullable Exception cause) {
        return Problem.unavailable(
                "The token's issuer cannot be asked about it at the moment.", RETRY_AFTER_SECONDS, cause);
    }

    private static @Nullable Instant instantOf(@Nullable Date date) {
        return date == null ? null : date.toInstant();
    }
}
