/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import java.util.Optional;
import java.util.Set;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.KickOffRequest.Level;
import org.jspecify.annotations.Nullable;

/**
 * An export that somebody asks for, or has started.
 *
 * @param caller who asks, with the scopes of the token that is used now
 * @param level of what is exported
 * @param group the id of the Group, without its type; null unless the level is that of a Group
 * @param patients the ids of the patients that are named, without their type: the one of {@code Patient/[id]/$export}
 *     or those that a parameter names. None for all of the level; of a Group's members those who are named
 * @param tenant whose URL is used; null if the server has none
 */
public record AskedExport(
        Caller caller, Level level, @Nullable String group, Set<String> patients, @Nullable String tenant) {

    private static final String GROUP = "Group/";

    public AskedExport {
        patients = Set.copyOf(patients);
    }

    /** An export that was started, asked for anew. */
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
