/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Who started an export and what their token covered: made at kick-off and never widened. */
@Embeddable
public class ExportAuthorization {

    @Column(name = "ISSUER", nullable = false, length = 1000, updatable = false)
    private String issuer;

    @Column(name = "CLIENT_ID", nullable = false, length = 500, updatable = false)
    private String clientId;

    @Column(name = "CLIENT_CLAIM", length = 100, updatable = false)
    private @Nullable String clientClaim;

    @Column(name = "USER_ID", length = 500, updatable = false)
    private @Nullable String user;

    @Column(name = "SCOPES", nullable = false, length = 65536, updatable = false)
    private String scopes;

    @Column(name = "RESOURCE_TYPES", nullable = false, length = 10000, updatable = false)
    private String resourceTypes;

    /** For JPA. */
    @SuppressWarnings("NullAway.Init")
    protected ExportAuthorization() {}

    /**
     * @param issuer the token's {@code iss}
     * @param clientId the OAuth client
     * @param clientClaim the claim of the token that named the client; null if no claim did
     * @param user the token's {@code sub} where it speaks for a user, else null
     * @param scopes the token's scopes at kick-off, separated by spaces
     * @param resourceTypes the types that are exported, all of which the token covered
     */
    public ExportAuthorization(
            String issuer,
            String clientId,
            @Nullable String clientClaim,
            @Nullable String user,
            String scopes,
            Collection<String> resourceTypes) {
        this.issuer = issuer;
        this.clientId = clientId;
        this.clientClaim = clientClaim;
        this.user = user;
        this.scopes = scopes;
        this.resourceTypes = resourceTypes.stream().distinct().sorted().collect(Collectors.joining(" "));
    }

    /** An authorization of a client that no claim named. */
    public ExportAuthorization(
            String issuer, String clientId, @Nullable String user, String scopes, Collection<String> resourceTypes) {
        this(issuer, clientId, null, user, scopes, resourceTypes);
    }

    /**
     * Whether a caller is the one who started the export: same issuer, same client, named by the same claim, and same
     * user. The claim is not compared for exports that are older than its column.
     */
    public boolean isOf(
            String otherIssuer, String otherClientId, @Nullable String otherClaim, @Nullable String otherUser) {
        return issuer.equals(otherIssuer)
                && clientId.equals(otherClientId)
                && (clientClaim == null || clientClaim.equals(otherClaim))
                && Objects.equals(user, otherUser);
    }

    /** The token's {@code iss}. */
    public String issuer() {
        return issuer;
    }

    /** The OAuth client. */
    public String clientId() {
        return clientId;
    }

    /** The scopes of the kick-off's token, separated by spaces. */
    public String scopes() {
        return scopes;
    }

    /** The exported types, sorted; empty for exports that are older than this column. */
    public List<String> resourceTypes() {
        return Arrays.stream(resourceTypes.split(" ", -1))
                .filter(type -> !type.isEmpty())
                .toList();
    }
}
