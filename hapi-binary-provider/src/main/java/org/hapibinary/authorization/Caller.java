/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import java.util.Collection;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportAuthorization;
import org.jspecify.annotations.Nullable;

/**
 * Who sends a request, as a verified token says it.
 *
 * @param issuer the token's {@code iss}
 * @param clientId {@code client_id}, else {@code azp}, {@code appid}, {@code cid}, else {@code sub}
 * @param user {@code sub} where the token speaks for a user, else null
 * @param scopes what the token covers
 * @param clientClaim which of these claims named the client; null if no claim did. Where it is {@code sub}, the client
 *     may be a user of the same name as a client
 */
public record Caller(
        String issuer, String clientId, @Nullable String user, SmartScopes scopes, @Nullable String clientClaim) {

    /** Somebody whom no token names. */
    public Caller(String issuer, String clientId, @Nullable String user, SmartScopes scopes) {
        this(issuer, clientId, user, scopes, null);
    }

    /** The authorization of an export of these types that this caller starts. */
    public ExportAuthorization authorizationOf(Collection<String> resourceTypes) {
        return new ExportAuthorization(issuer, clientId, clientClaim, user, scopes.toString(), resourceTypes);
    }

    /** Whether this caller is the one who started an export. */
    public boolean started(Export export) {
        return export.authorization().isOf(issuer, clientId, clientClaim, user);
    }
}
