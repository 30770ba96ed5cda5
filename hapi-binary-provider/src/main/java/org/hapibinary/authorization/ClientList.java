/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.hapibinary.catalog.KickOffRequest.Level;
import org.jspecify.annotations.Nullable;

/**
 * The operator's list of clients and of the Groups that each may export.
 *
 * @param entries the clients, each at most once
 * @param allowsUnlisted whether a client that is not listed may export everything that its scopes cover, or nothing
 */
public record ClientList(List<Entry> entries, boolean allowsUnlisted) implements ExportPolicy {

    /** A list that limits no client. */
    public static final ClientList EMPTY = new ClientList(List.of(), true);

    private static final String NOT_LISTED = "This client may not export; ask the operator to list it.";
    private static final String OTHER_GROUPS =
            "This client may not have this export; ask the operator for the Groups that it may export.";

    /**
     * A client.
     *
     * @param id its client id
     * @param issuer the {@code iss} of its tokens; null for any issuer
     * @param groups the ids of the only Groups that it may export, in any tenant; null if it may export everything that
     *     its scopes cover
     */
    public record Entry(String id, @Nullable String issuer, @Nullable Set<String> groups) {

        public Entry {
            groups = groups == null ? null : Set.copyOf(groups);
        }

        private boolean isOf(Caller caller) {
            return id.equals(caller.clientId()) && (issuer == null || issuer.equals(caller.issuer()));
        }

        private boolean allows(AskedExport asked) {
            return groups == null
                    || (asked.level() == Level.GROUP && asked.group() != null && groups.contains(asked.group()));
        }

        @Override
        public String toString() {
            return id + (issuer == null ? "" : " of " + issuer) + ": "
                    + (groups == null
                            ? "what its scopes cover"
                            : "Group " + groups.stream().sorted().collect(Collectors.joining(", ")));
        }
    }

    public ClientList {
        entries = List.copyOf(entries);
    }

    @Override
    public Optional<String> refusalOf(AskedExport asked) {
        List<Entry> own = of(asked.caller());
        if (own.isEmpty()) {
            return allowsUnlisted ? Optional.empty() : Optional.of(NOT_LISTED);
        }
        return own.stream().allMatch(entry -> entry.allows(asked)) ? Optional.empty() : Optional.of(OTHER_GROUPS);
    }

    @Override
    public boolean isLimited(Caller caller) {
        List<Entry> own = of(caller);
        return own.isEmpty() ? !allowsUnlisted : own.stream().anyMatch(entry -> entry.groups() != null);
    }

    private List<Entry> of(Caller caller) {
        return entries.stream().filter(entry -> entry.isOf(caller)).toList();
    }

    /** For the log. */
    @Override
    public String toString() {
        String others = allowsUnlisted ? "what its scopes cover" : "nothing";
        return entries.stream()
                        .map(Entry::toString)
                        .collect(Collectors.joining("; ", "", entries.isEmpty() ? "" : "; "))
                + "any other client: " + others;
    }
}
