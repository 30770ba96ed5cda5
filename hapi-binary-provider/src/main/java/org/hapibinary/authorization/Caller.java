/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import java.util.Collection;
import java.util.Optional;
import java.util.stream.Stream;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportAuthorization;
import org.hapibinary.problem.Problem;
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

    /**
     * The caller that the parameters of a token name.
     *
     * @throws Problem 401 if they name no client, or no user although they speak for one
     */
    static Caller of(
            String issuer,
            @Nullable String clientId,
            @Nullable String authorizedParty,
            @Nullable String subject,
            String scope) {
        String client = Stream.of(
                        Optional.ofNullable(clientId),
                        Optional.ofNullable(authorizedParty),
                        Optional.ofNullable(subject))
                .flatMap(Optional::stream)
                .filter(name -> !name.isBlank())
                .findFirst()
                .orElseThrow(() -> Problem.invalidToken("it names no client", null));
        SmartScopes scopes = SmartScopes.parse(scope);
        if (!scopes.areUserLevel()) {
            return new Caller(issuer, client, null, scopes);
        }
        if (subject == null || subject.isBlank()) {
            throw Problem.invalidToken("it speaks for a user and names none", null);
        }
        return new Caller(issuer, client, subject, scopes);
    }

    /** The authorization of an export of these types that this caller starts. */
    public ExportAuthorization authorizationOf(Collection<String> resourceTypes) {
        return new ExportAuthorization(issuer, clientId, user, scopes.toString(), resourceTypes);
    }

    /** Whether this caller is the one who started an export. */
    public boolean started(Export export) {
        return export.authorization().isOf(issuer, clientId, user);
    }
}
