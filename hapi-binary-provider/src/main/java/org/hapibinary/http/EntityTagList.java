/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.http;

import java.util.List;
import java.util.Optional;

/**
 * What {@code If-Match} and {@code If-None-Match} list.
 *
 * @param any {@code *}, which is not a list: among tags it is as unreadable as anything else that is not a tag
 */
record EntityTagList(boolean any, List<EntityTag> tags) {

    /** The readable tags of all lines; what is unreadable is left out. */
    static EntityTagList parse(List<String> lines) {
        List<String> elements = HeaderList.elements(lines);
        return new EntityTagList(
                elements.equals(List.of("*")),
                elements.stream()
                        .map(EntityTag::parse)
                        .flatMap(Optional::stream)
                        .toList());
    }

    boolean containsStrongly(EntityTag tag) {
        return any || tags.stream().anyMatch(tag::matchesStrongly);
    }

    boolean containsWeakly(EntityTag tag) {
        return any || tags.stream().anyMatch(tag::matchesWeakly);
    }
}
