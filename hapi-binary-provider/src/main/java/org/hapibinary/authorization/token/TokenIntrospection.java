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
 * Asks one OAuth server about opaque tokens (RFC 7662 §2). Its answers speak for itself only. A bounded number of
 * requests waits for it at once; tokens that it has vouched for lately have places of their own, which made-up ones
 * cannot take.
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
     * @param issuer for whom the answers speak
     * @param endpoint where it is asked
     * @param settings where scopes are
     * @param clock what an outage is measured by
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

    /** Whether it has failed to answer a moment ago. */
    boolean isDown() {
        return clock.instant().isBefore(failedLast.plus(ASKED_LAST));
    }

    /**
     * @param isKnown whether this issuer has vouched for the token lately
     * @return what the issuer says of it; empty if it does not know it, or no longer
     * @throws Problem 401 if the token is its and not good here, 503 if it does not answer or too many wait for it
     *     already
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
