/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Decides by the {@code securityContext} of Binaries (FHIR R4, "Binary") whether a referring resource grants access to
 * them: if the context is the referring resource, its patient, or a resource of that patient.
 */
final class SecurityContexts {

    private static final Pattern LITERAL =
            Pattern.compile("([A-Z][A-Za-z]*/[A-Za-z0-9\\-.]{1,64})(?:/_history/[A-Za-z0-9\\-.]{1,64})?");

    private final List<String> bases;
    private final Map<String, Set<String>> patients;

    private SecurityContexts(List<String> bases, Map<String, Set<String>> patients) {
        this.bases = bases;
        this.patients = patients;
    }

    /**
     * @param referring the resources that refer to Binaries, as relative references
     * @param contexts the security contexts of these Binaries, as they are stored
     */
    static SecurityContexts lookUp(ReferringExport export, Collection<String> referring, Collection<String> contexts) {
        Set<String> resources = new HashSet<>();
        for (String context : contexts) {
            String literal = literal(context, export.bases());
            if (literal != null) {
                resources.add(literal);
            }
        }
        if (resources.isEmpty()) {
            return new SecurityContexts(export.bases(), Map.of());
        }
        resources.addAll(referring);
        return new SecurityContexts(export.bases(), export.patients().of(resources));
    }

    /** @param context null if the Binary has none */
    boolean permit(String referring, @Nullable String context) {
        String literal = context == null ? null : literal(context, bases);
        if (literal == null) {
            return false;
        }
        Set<String> shared = new HashSet<>(patients.getOrDefault(literal, Set.of()));
        shared.retainAll(patients.getOrDefault(referring, Set.of()));
        return literal.equals(referring) || !shared.isEmpty();
    }

    /** @return null if it is not a reference to one resource of this server */
    private static @Nullable String literal(String reference, List<String> bases) {
        Matcher literal = LITERAL.matcher(BinaryUrl.withoutBase(reference.strip(), bases));
        return literal.matches() ? literal.group(1) : null;
    }
}
