/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import java.net.URI;

/**
 * The introspection endpoint of an issuer (RFC 7662).
 *
 * @param uri the endpoint's URL
 * @param clientId this server's client id at the OAuth server
 * @param clientSecret this server's client secret, sent by {@code client_secret_basic}
 */
public record IntrospectionEndpoint(URI uri, String clientId, String clientSecret) {

    /** Without the secret. */
    @Override
    public String toString() {
        return "IntrospectionEndpoint[uri=" + uri + ", clientId=" + clientId + "]";
    }
}
