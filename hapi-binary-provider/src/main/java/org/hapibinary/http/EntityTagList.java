/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.http;

import java.util.List;
import java.util.Optional;

/**
 * The value of {@code If-Match} or {@code If-None-Match}.
 *
 * @param any whether the value is {@code *}. Among tags, {@code *} is as unreadable as any other text that is not a tag
 */
record EntityTagList(boolean any, List<EntityTag> tags) {

    /** Parses the tags of all lines, without unreadable ones. */
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
