/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.operator;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.hapibinary.catalog.operator.CatalogOverview.Stored;
import org.hapibinary.catalog.operator.HeldClientRows.Held;
import org.jspecify.annotations.Nullable;

/**
 * A client that has something in the store, or is on hold.
 *
 * @param exports that have something in the store
 * @param bytes of these
 * @param oldest the kick-off of the oldest of these; null if there are none
 * @param heldSince null unless it is on hold
 */
record ListedClient(
        String issuer,
        String client,
        long exports,
        long bytes,
        @Nullable Instant oldest,
        @Nullable Instant heldSince,
        @Nullable String heldBy,
        @Nullable String reason) {

    /** Those on hold first, then those with most bytes. */
    static List<ListedClient> of(List<Held> held, List<Stored> stored) {
        Map<List<String>, Stored> stores = new LinkedHashMap<>();
        stored.forEach(one -> stores.put(List.of(one.issuer(), one.client()), one));
        Map<List<String>, ListedClient> clients = new LinkedHashMap<>();
        held.forEach(one -> clients.put(
                List.of(one.issuer(), one.clientId()), of(one, stores.get(List.of(one.issuer(), one.clientId())))));
        stored.forEach(one -> clients.putIfAbsent(
                List.of(one.issuer(), one.client()),
                new ListedClient(
                        one.issuer(), one.client(), one.exports(), one.bytes(), one.oldest(), null, null, null)));
        return List.copyOf(clients.values());
    }

    private static ListedClient of(Held held, @Nullable Stored stored) {
        return new ListedClient(
                held.issuer(),
                held.clientId(),
                stored == null ? 0 : stored.exports(),
                stored == null ? 0 : stored.bytes(),
                stored == null ? null : stored.oldest(),
                held.heldAt(),
                held.heldBy(),
                held.reason());
    }
}
