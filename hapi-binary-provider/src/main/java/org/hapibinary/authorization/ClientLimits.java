/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.hapibinary.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * What the operator has limited single clients to. A client without limits may export what its scopes cover.
 *
 * @param groupsByClient by {@code client_id} the ids of the Groups which that client may export, and nothing else
 */
public record ClientLimits(Map<String, Set<String>> groupsByClient) {

    /** Why a client may not start an export of a Group, a Patient or, if null, of a type or the system; or nothing. */
    Optional<Problem> refusalOf(Caller caller, @Nullable String exported) {
        Set<String> groups = groupsByClient.get(caller.clientId());
        boolean allowed = groups == null || groups.stream().anyMatch(group -> ("Group/" + group).equals(exported));
        return allowed
                ? Optional.empty()
                : Optional.of(Problem.forbidden("This client may not start this export; ask the operator for the"
                        + " Groups that it may export."));
    }
}
