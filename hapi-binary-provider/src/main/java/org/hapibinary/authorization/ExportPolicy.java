/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import java.util.Optional;

/**
 * Decides who may export what, within the scopes of the token. The plugin asks it at the kick-off, before any query to
 * the database, and again at each request for the status, the deletion or a file of the export, so that a change takes
 * effect at once. The default is {@link ClientList}; a host supplies its own as a bean of this type, or by {@code
 * HapiBinaryBuilder.exportPolicy}. It must be thread-safe.
 */
@FunctionalInterface
public interface ExportPolicy {

    /**
     * Returns why a caller may not have an export.
     *
     * @return a sentence for the client's developer, which is sent with the 403; empty if the caller may have it
     * @throws RuntimeException if the policy cannot decide. The request is refused: with 500, or with the status of a
     *     {@link org.hapibinary.problem.Problem}
     */
    Optional<String> refusalOf(AskedExport asked);

    /**
     * Whether the policy allows a caller less than its token's scopes cover. A limited caller cannot include the linked
     * records of a Group's members ({@code _mdm}), gets no attachment merely because its token covers Binary, and in
     * {@code hapi-binary-server} cannot read anything except by exports.
     */
    default boolean isLimited(Caller caller) {
        return true;
    }
}
