/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.search;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.hapibinary.jpaserver.reading.Line;

/**
 * Collects the references in a chunk's lines to exported types of supporting resources, and looks them up in batches.
 * HAPI stores links only of elements with a search parameter, so the targets of other elements are found late. Not
 * thread-safe.
 */
public final class LateReferences {

    private static final int AT_ONCE = 1_000;

    /** How many references are remembered, so that they are not looked up again: most lines refer to the same few. */
    private static final int REMEMBERED = 10_000;

    private final Set<String> types;
    private final List<String> bases;
    private final Predicate<List<Reference>> lookUp;
    private final Set<String> known = new HashSet<>();
    private final List<Reference> waiting = new ArrayList<>();
    private boolean foundAny;

    /**
     * @param types the types to look for; empty for none
     * @param bases the base URLs of the server, without a slash at their ends
     * @param lookUp adds the resources that the export lacks; returns whether any of them is a late resource
     */
    LateReferences(Set<String> types, List<String> bases, Predicate<List<Reference>> lookUp) {
        this.types = types;
        this.bases = bases;
        this.lookUp = lookUp;
    }

    /** A reference to a resource of this server, without a version. */
    record Reference(String type, String id) {}

    /** Collects the references in a line. */
    public void scan(Line line) {
        if (!types.isEmpty()) {
            line.references(this::add);
        }
    }

    private void add(String written) {
        Optional<Reference> reference = parse(written);
        if (reference.isEmpty() || !known.add(written)) {
            return;
        }
        waiting.add(reference.get());
        if (waiting.size() == AT_ONCE) {
            flush();
        }
        if (known.size() == REMEMBERED) {
            known.clear();
        }
    }

    private Optional<Reference> parse(String written) {
        String relative = relative(written);
        int slash = relative.indexOf('/');
        if (slash < 0 || !types.contains(relative.substring(0, slash))) {
            return Optional.empty();
        }
        int end = relative.indexOf('/', slash + 1); // before a version
        String id = end < 0 ? relative.substring(slash + 1) : relative.substring(slash + 1, end);
        return Optional.of(new Reference(relative.substring(0, slash), id));
    }

    private String relative(String written) {
        return bases.stream()
                .filter(base -> written.length() > base.length()
                        && written.startsWith(base)
                        && written.charAt(base.length()) == '/')
                .findFirst()
                .map(base -> written.substring(base.length() + 1))
                .orElse(written);
    }

    /** Looks up the references that have been collected. */
    public void flush() {
        if (!waiting.isEmpty()) {
            foundAny |= lookUp.test(List.copyOf(waiting));
            waiting.clear();
        }
    }

    /** Whether any late resource was found. */
    public boolean foundAny() {
        return foundAny;
    }
}
