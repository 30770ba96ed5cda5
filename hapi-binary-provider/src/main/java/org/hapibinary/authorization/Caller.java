/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportAuthorization;
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

    /** The authorization of an export that this caller starts. */
    public ExportAuthorization asExportAuthorization() {
        return new ExportAuthorization(issuer, clientId, user, scopes.toString());
    }

    /** Whether this caller is the one who started an export. */
    public boolean started(Export export) {
        return export.authorization().isOf(issuer, clientId, user);
    }
}
