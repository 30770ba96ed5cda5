/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import com.nimbusds.jose.Algorithm;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.as.AuthorizationServerMetadata;
import com.nimbusds.oauth2.sdk.id.Identifier;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an OAuth server says of itself in its metadata (RFC 8414), as far as it concerns clients of a FHIR server. A
 * list is empty where the metadata has none.
 *
 * @param tokenEndpoint where access tokens are had
 * @param authorizationEndpoint where users agree; null if there is none
 * @param grantTypes by which access tokens are had
 * @param authenticationMethods of clients at the token endpoint
 * @param signingAlgorithms of the assertions that clients authenticate by
 * @param scopes that may be asked for
 * @param codeChallengeMethods without {@code plain}, which SMART forbids
 */
public record OAuthServer(
        URI tokenEndpoint,
        @Nullable URI authorizationEndpoint,
        List<String> grantTypes,
        List<String> authenticationMethods,
        List<String> signingAlgorithms,
        List<String> scopes,
        List<String> codeChallengeMethods) {

    /** Null if it has no token endpoint. */
    static @Nullable OAuthServer of(AuthorizationServerMetadata metadata) {
        URI tokenEndpoint = metadata.getTokenEndpointURI();
        if (tokenEndpoint == null) {
            return null;
        }
        List<? extends Algorithm> algorithms = metadata.getTokenEndpointJWSAlgs();
        Scope scopes = metadata.getScopes();
        return new OAuthServer(
                tokenEndpoint,
                metadata.getAuthorizationEndpointURI(),
                values(metadata.getGrantTypes()),
                values(metadata.getTokenEndpointAuthMethods()),
                algorithms == null
                        ? List.of()
                        : algorithms.stream().map(Algorithm::getName).toList(),
                scopes == null ? List.of() : scopes.toStringList(),
                values(metadata.getCodeChallengeMethods()).stream()
                        .filter(method -> !method.equals(CodeChallengeMethod.PLAIN.getValue()))
                        .toList());
    }

    private static List<String> values(@Nullable List<? extends Identifier> identifiers) {
        return identifiers == null
                ? List.of()
                : identifiers.stream().map(Identifier::getValue).toList();
    }
}
