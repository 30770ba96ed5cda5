/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import java.net.URI;

/**
 * Where opaque tokens are verified (RFC 7662).
 *
 * @param uri of the endpoint
 * @param clientId this server's own, as a client of the OAuth server
 * @param clientSecret sent by {@code client_secret_basic}
 */
public record IntrospectionEndpoint(URI uri, String clientId, String clientSecret) {

    /** Without the secret. */
    @Override
    public String toString() {
        return "IntrospectionEndpoint[uri=" + uri + ", clientId=" + clientId + "]";
    }
}
