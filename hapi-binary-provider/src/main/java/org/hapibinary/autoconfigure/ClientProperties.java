/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.hapibinary.authorization.ClientList;
import org.jspecify.annotations.Nullable;

/**
 * A client, and what it may export.
 *
 * @param id its id at its issuer, as its access tokens name it
 * @param issuer the {@code iss} of its access tokens; default: any of the trusted ones
 * @param groups the ids of the Groups that it may export, and nothing else; default: what its scopes cover
 */
record ClientProperties(@Nullable String id, @Nullable String issuer, @Nullable List<String> groups) {

    /** What becomes of clients that are not in the list. */
    public enum Unlisted {
        /** They export what their scopes cover. */
        ALLOW,
        /** They export nothing. */
        DENY
    }

    private static final Pattern FHIR_ID = Pattern.compile("[A-Za-z0-9\\-.]{1,64}");
    private static final Pattern VISIBLE = Pattern.compile("\\S(.*\\S)?");

    /**
     * The list, which limits nobody by mistake: what cannot be meant stops the start.
     *
     * @param issuers the trusted ones; none if the host finds out by other means who sends a request
     * @throws InvalidPropertyException if an entry is incomplete, contradicts another one or can never take effect
     */
    static ClientList list(List<ClientProperties> clients, Unlisted unlisted, Collection<String> issuers) {
        Set<String> withIssuer = new HashSet<>();
        Set<String> withoutIssuer = new HashSet<>();
        for (int i = 0; i < clients.size(); i++) {
            String name = "hapi.binary.authorization.clients[" + i + "].";
            ClientProperties client = clients.get(i);
            client.check(name, issuers);
            boolean isNew = client.issuer == null
                    ? withoutIssuer.add(String.valueOf(client.id))
                    : withIssuer.add(client.id + " of " + client.issuer);
            if (!isNew) {
                throw new InvalidPropertyException(name + "id", client.id, "must be listed only once for an issuer");
            }
        }
        for (int i = 0; i < clients.size(); i++) {
            ClientProperties client = clients.get(i);
            if (client.issuer != null && withoutIssuer.contains(String.valueOf(client.id))) {
                throw new InvalidPropertyException(
                        "hapi.binary.authorization.clients[" + i + "].id",
                        client.id,
                        "must have an issuer in each of its entries, or be listed once without");
            }
        }
        return new ClientList(clients.stream().map(ClientProperties::entry).toList(), unlisted == Unlisted.ALLOW);
    }

    private void check(String name, Collection<String> issuers) {
        if (id == null || !VISIBLE.matcher(id).matches()) {
            throw new InvalidPropertyException(
                    name + "id", id, "must be the id of a client, as its access tokens name it");
        }
        if (issuer != null && (issuer.isBlank() || !(issuers.isEmpty() || issuers.contains(issuer)))) {
            throw new InvalidPropertyException(
                    name + "issuer",
                    issuer,
                    "must be one of the issuers whose access tokens are accepted: " + String.join(", ", issuers));
        }
        if (groups == null) {
            return;
        }
        if (groups.isEmpty()) {
            throw new InvalidPropertyException(
                    name + "groups",
                    "empty",
                    "must be the ids of the Groups that the client may export; leave it out for all that its scopes"
                            + " cover");
        }
        for (int j = 0; j < groups.size(); j++) {
            String group = groups.get(j);
            if (!FHIR_ID.matcher(group).matches()) {
                throw new InvalidPropertyException(
                        name + "groups[" + j + "]", group, "must be the id of a Group, such as members-2026");
            }
            if (groups.indexOf(group) < j) {
                throw new InvalidPropertyException(name + "groups[" + j + "]", group, "must be named only once");
            }
        }
    }

    private ClientList.Entry entry() {
        return new ClientList.Entry(String.valueOf(id), issuer, groups == null ? null : Set.copyOf(groups));
    }
}
