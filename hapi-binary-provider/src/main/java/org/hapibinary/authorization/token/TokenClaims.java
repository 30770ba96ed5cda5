/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.hapibinary.authorization.Caller;
import org.hapibinary.authorization.SmartScopes;
import org.hapibinary.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * The claims of a token, from a JWT or from an introspection response. It supports the variants of Keycloak, Okta,
 * Entra ID, Auth0 and Spring Authorization Server.
 *
 * @param values the JSON values by the claims' names
 */
record TokenClaims(Map<String, Object> values) {

    /** The claims that may name the client, in this order. Only the last may also name a user. */
    private static final List<String> CLIENT_CLAIMS = List.of("client_id", "azp", "appid", "cid", "sub");

    /** Keycloak's values of {@code typ} for tokens that are not access tokens. */
    private static final Set<String> OTHER_TOKENS = Set.of("id", "refresh", "offline", "logout");

    /**
     * Returns the caller that the claims name.
     *
     * @param scopeClaims the claims that may contain the scopes; the first one present counts
     * @throws Problem 401 if they name no client, or no user although the token is for one, or if it is not an access
     *     token
     */
    Caller caller(String issuer, List<String> scopeClaims) {
        refuseOtherTokens();
        SmartScopes scopes = SmartScopes.parse(scope(scopeClaims));
        for (String claim : CLIENT_CLAIMS) {
            String client = text(claim);
            if (client != null) {
                return new Caller(issuer, client, user(scopes), scopes, claim);
            }
        }
        throw Problem.invalidToken("it names no client", null);
    }

    private void refuseOtherTokens() {
        if (values.get("typ") instanceof String type && OTHER_TOKENS.contains(type.toLowerCase(Locale.ROOT))) {
            throw Problem.invalidToken("it is not an access token", null);
        }
    }

    private @Nullable String user(SmartScopes scopes) {
        if (!scopes.areUserLevel()) {
            return null;
        }
        String subject = text("sub");
        if (subject == null) {
            throw Problem.invalidToken("it speaks for a user and names none", null);
        }
        return subject;
    }

    /** Null if the claim is absent or blank. */
    @Nullable
    String text(String claim) {
        Object value = values.get(claim);
        if (value == null) {
            return null;
        }
        if (value instanceof String text) {
            return text.isBlank() ? null : text;
        }
        throw Problem.invalidToken("its claim " + claim + " is not text", null);
    }

    private String scope(List<String> scopeClaims) {
        for (String claim : scopeClaims) {
            Object value = values.get(claim);
            if (value instanceof String text) {
                return text;
            }
            if (value instanceof Collection<?> list && list.stream().allMatch(String.class::isInstance)) {
                return String.join(" ", list.stream().map(String.class::cast).toList());
            }
            if (value != null) {
                throw Problem.invalidToken("its scopes are neither text nor a list of texts", null);
            }
        }
        return "";
    }

    /**
     * Checks that {@code aud} names one of the issuer's audiences. Ignores a slash at the end.
     *
     * @throws Problem 401 if it names none
     */
    void requireAudience(TrustedIssuer issuer) {
        Object audience = values.get("aud");
        Collection<?> named =
                audience instanceof Collection<?> several ? several : audience == null ? List.of() : List.of(audience);
        if (named.stream().noneMatch(name -> name instanceof String text && issuer.isAudience(text))) {
            throw Problem.invalidToken("it is not made out to this server", null);
        }
    }

    /**
     * Returns the SHA-256 thumbprint of the key to which DPoP binds the token (RFC 9449 §6); null if it is not bound.
     *
     * @throws Problem 401 if it is bound in a way that the plugin does not support, such as to a client's certificate
     *     (RFC 8705)
     */
    @Nullable
    String boundKey() {
        Object confirmation = values.get("cnf");
        if (confirmation == null) {
            return null;
        }
        if (confirmation instanceof Map<?, ?> methods
                && methods.keySet().equals(Set.of("jkt"))
                && methods.get("jkt") instanceof String thumbprint) {
            return thumbprint;
        }
        throw Problem.invalidToken("it is bound to its client in a way that is not checked here", null);
    }
}
