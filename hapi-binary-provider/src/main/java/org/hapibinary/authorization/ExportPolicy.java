/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import java.util.Optional;

/**
 * Says who may export what, beyond what the scopes of a token cover: the one place where that is decided. It is asked
 * at the kick-off, before the database is, and again at each request for the status, the deletion or a file of the
 * export: what is taken from a client is taken from it at once. The default is {@link ClientList}; a host has its own
 * by a bean of this type, or by {@code HapiBinaryBuilder.exportPolicy}. It may be asked by several threads at once.
 */
@FunctionalInterface
public interface ExportPolicy {

    /**
     * Why a caller may not have an export.
     *
     * @return a sentence for the client's developer, which is sent with the 403; nothing if the caller may have it
     * @throws RuntimeException if it cannot be found out; nothing is given out then, and the answer is 500, or what a
     *     {@link org.hapibinary.problem.Problem} says
     */
    Optional<String> refusalOf(AskedExport asked);

    /**
     * Whether there is anything that a caller may not export, whatever the scopes of the token. Whoever is limited
     * cannot have records of other patients linked to those of a Group ({@code _mdm}), has no attachment just because
     * its token covers Binary, and reads nothing past exports in {@code hapi-binary-server}.
     */
    default boolean isLimited(Caller caller) {
        return true;
    }
}
