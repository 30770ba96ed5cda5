/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import com.nimbusds.oauth2.sdk.GeneralException;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenIntrospectionRequest;
import com.nimbusds.oauth2.sdk.TokenIntrospectionResponse;
import com.nimbusds.oauth2.sdk.TokenIntrospectionSuccessResponse;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.id.Audience;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Identifier;
import com.nimbusds.oauth2.sdk.token.TypelessAccessToken;
import java.io.IOException;
import java.time.Instant;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import org.hapibinary.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Verifies opaque tokens by asking the OAuth server about them (RFC 7662 §2). A token must be active and made out to this
 * server; where the answer names an issuer, it must be a trusted one.
 */
final class TokenIntrospection implements TokenVerifier {

    private static final int CONNECT_TIMEOUT_MILLIS = 2_000;
    private static final int READ_TIMEOUT_MILLIS = 5_000;
    private static final int RETRY_AFTER_SECONDS = 10;

    private final IntrospectionEndpoint endpoint;
    private final Collection<TrustedIssuer> issuers;

    /**
     * @param endpoint whom to ask
     * @param issuers trusted; where there is one, an answer need not name it
     */
    TokenIntrospection(IntrospectionEndpoint endpoint, Collection<TrustedIssuer> issuers) {
        this.endpoint = endpoint;
        this.issuers = List.copyOf(issuers);
    }

    @Override
    public VerifiedToken verify(String token) {
        TokenIntrospectionSuccessResponse answer = ask(token);
        if (!answer.isActive()) {
            throw Problem.invalidToken("its issuer says that it is not active", null);
        }
        TrustedIssuer issuer = issuerOf(answer);
        List<Audience> audience = answer.getAudience();
        if (audience == null || audience.stream().map(Audience::getValue).noneMatch(issuer.audiences()::contains)) {
            throw Problem.invalidToken("it is not made out to this server", null);
        }
        Scope scope = answer.getScope();
        Caller caller = Caller.of(
                issuer.issuer(),
                valueOf(answer.getClientID()),
                answer.getStringParameter("azp"),
                valueOf(answer.getSubject()),
                scope == null ? "" : scope.toString());
        return new VerifiedToken(caller, instantOf(answer.getNotBeforeTime()), instantOf(answer.getExpirationTime()));
    }

    private TokenIntrospectionSuccessResponse ask(String token) {
        HTTPRequest request = new TokenIntrospectionRequest(
                        endpoint.uri(),
                        new ClientSecretBasic(new ClientID(endpoint.clientId()), new Secret(endpoint.clientSecret())),
                        new TypelessAccessToken(token))
                .toHTTPRequest();
        request.setConnectTimeout(CONNECT_TIMEOUT_MILLIS);
        request.setReadTimeout(READ_TIMEOUT_MILLIS);
        try {
            TokenIntrospectionResponse response = TokenIntrospectionResponse.parse(request.send());
            if (response.indicatesSuccess()) {
                return response.toSuccessResponse();
            }
            throw unavailable(new IOException("The introspection endpoint refuses: "
                    + response.toErrorResponse().getErrorObject()));
        } catch (IOException | GeneralException e) {
            throw unavailable(e);
        }
    }

    private static Problem unavailable(Exception cause) {
        return Problem.unavailable(
                "The token's issuer cannot be asked about it at the moment.", RETRY_AFTER_SECONDS, cause);
    }

    private TrustedIssuer issuerOf(TokenIntrospectionSuccessResponse answer) {
        String named = valueOf(answer.getIssuer());
        if (named == null && issuers.size() == 1) {
            return issuers.iterator().next();
        }
        return issuers.stream()
                .filter(issuer -> issuer.issuer().equals(named))
                .findFirst()
                .orElseThrow(() -> Problem.invalidToken("its issuer is not trusted here", null));
    }

    private static @Nullable String valueOf(@Nullable Identifier identifier) {
        return identifier == null ? null : identifier.getValue();
    }

    private static @Nullable Instant instantOf(@Nullable Date date) {
        return date == null ? null : date.toInstant();
    }
}
