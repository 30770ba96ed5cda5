/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import org.hapibinary.catalog.ExportOwner;
import org.jspecify.annotations.Nullable;

/**
 * Who sends a request, as a verified token says it.
 *
 * @param issuer the token's {@code iss}
 * @param clientId {@code client_id}, else {@code azp}, else {@code sub}
 * @param user {@code sub} where the token speaks for a user, else null
 * @param scopes what the token covers
 */
public record Caller(String issuer, String clientId, @Nullable String user, SmartScopes scopes) {

    /** This caller as the owner of an export that it starts. */
    public ExportOwner asOwner() {
        return new ExportOwner(issuer, clientId, user, scopes.toString());
    }

    /** Whether this caller started an export of the given owner. */
    public boolean owns(ExportOwner owner) {
        return owner.is(issuer, clientId, user);
    }
}
