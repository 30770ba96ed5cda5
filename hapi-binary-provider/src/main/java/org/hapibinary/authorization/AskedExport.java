/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import java.util.Optional;
import java.util.Set;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.KickOffRequest.Level;
import org.jspecify.annotations.Nullable;

/**
 * An export that a caller requests, or has started.
 *
 * @param caller the caller, with the scopes of the present token
 * @param level the level of the operation
 * @param group the id of the Group, without the type; null unless the level is {@code GROUP}
 * @param patients the ids of the requested patients, without the type: the one of {@code Patient/[id]/$export}, or
 *     those of the parameter of that name in the request; empty for all patients of the level
 * @param tenant the tenant of the request; null if the server has none
 */
public record AskedExport(
        Caller caller, Level level, @Nullable String group, Set<String> patients, @Nullable String tenant) {

    private static final String GROUP = "Group/";

    public AskedExport {
        patients = Set.copyOf(patients);
    }

    /** An existing export, as the present caller requests it. */
    static AskedExport of(Export export, Caller caller) {
        Optional<String> group = export.kickOff()
                .exported()
                .filter(exported -> exported.startsWith(GROUP))
                .map(exported -> exported.substring(GROUP.length()));
        return new AskedExport(
                caller,
                export.kickOff().level(),
                group.orElse(null),
                export.kickOff().patients(),
                export.kickOff().tenant().orElse(null));
    }
}
