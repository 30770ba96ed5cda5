/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import java.util.Collection;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportAuthorization;
import org.jspecify.annotations.Nullable;

/**
 * The sender of a request, as a verified token names it.
 *
 * @param issuer the token's {@code iss}
 * @param clientId {@code client_id}, else {@code azp}, {@code appid}, {@code cid}, else {@code sub}
 * @param user the token's {@code sub} if it has user-level scopes, else null
 * @param scopes the token's scopes
 * @param clientClaim the claim that named the client; null if no claim did. If it is {@code sub}, a user may have the
 *     same name as another client
 */
public record Caller(
        String issuer, String clientId, @Nullable String user, SmartScopes scopes, @Nullable String clientClaim) {

    /** A caller that no claim of a token names. */
    public Caller(String issuer, String clientId, @Nullable String user, SmartScopes scopes) {
        this(issuer, clientId, user, scopes, null);
    }

    /** The authorization of an export of these resource types that this caller starts. */
    public ExportAuthorization authorizationOf(Collection<String> resourceTypes) {
        return new ExportAuthorization(issuer, clientId, clientClaim, user, scopes.toString(), resourceTypes);
    }

    /** Whether this caller is the one who started an export. */
    public boolean started(Export export) {
        return export.authorization().isOf(issuer, clientId, clientClaim, user);
    }
}
