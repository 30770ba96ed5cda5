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
 * The metadata of an OAuth server (RFC 8414), as far as clients of a FHIR server need it. A list is empty if the
 * metadata does not have it.
 *
 * @param tokenEndpoint the URL of the token endpoint
 * @param authorizationEndpoint the URL of the authorization endpoint; null if there is none
 * @param grantTypes the supported grant types
 * @param authenticationMethods the authentication methods at the token endpoint
 * @param signingAlgorithms the signing algorithms of client assertions
 * @param scopes the supported scopes
 * @param codeChallengeMethods the PKCE methods, without {@code plain}, which SMART forbids
 */
public record OAuthServer(
        URI tokenEndpoint,
        @Nullable URI authorizationEndpoint,
        List<String> grantTypes,
        List<String> authenticationMethods,
        List<String> signingAlgorithms,
        List<String> scopes,
        List<String> codeChallengeMethods) {

    /** Returns null if the metadata has no token endpoint. */
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
