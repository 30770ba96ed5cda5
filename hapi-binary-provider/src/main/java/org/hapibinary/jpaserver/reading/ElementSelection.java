/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import ca.uhn.fhir.context.BaseRuntimeChildDefinition;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.RuntimeResourceDefinition;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The elements to which resources are limited (Bulk Data IG, "_elements"). An element named with a type limits that
 * type, one without a type limits every type that has it. Types that no element limits are exported whole.
 */
public final class ElementSelection {

    private static final String CHOICE = "[x]";

    /** HAPI's name for the mandatory elements of a resource. */
    private static final String MANDATORY = "(mandatory)";

    private final FhirContext fhirContext;
    private final List<String> elements;

    /** @param elements such as {@code birthDate} and {@code Patient.name}; empty for whole resources */
    public ElementSelection(FhirContext fhirContext, List<String> elements) {
        this.fhirContext = fhirContext;
        this.elements = elements;
    }

    /**
     * Checks an element.
     *
     * @param types the exported types
     * @return a sentence that quotes the element and its fault; empty if it has none
     */
    public static Optional<String> faultIn(String element, Collection<String> types, FhirContext fhirContext) {
        if (!Character.isUpperCase(element.charAt(0))) {
            return types.stream().anyMatch(type -> has(fhirContext, type, element))
                    ? Optional.empty()
                    : Optional.of("The _elements \"" + element + "\" is an element of no type of this export.");
        }
        String type = typeOf(element);
        if (!types.contains(type)) {
            return Optional.of(
                    "The _elements \"" + element + "\" is for " + type + ", which is not a type of this export.");
        }
        return !type.equals(element) && has(fhirContext, type, pathOf(element))
                ? Optional.empty()
                : Optional.of("The _elements \"" + element + "\" is not an element of " + type + ".");
    }

    private static String typeOf(String element) {
        int dot = element.indexOf('.');
        return dot < 0 ? element : element.substring(0, dot);
    }

    private static String pathOf(String element) {
        return element.substring(element.indexOf('.') + 1);
    }

    private static boolean has(FhirContext fhirContext, String type, String name) {
        return child(fhirContext, type, name) != null;
    }

    private static @Nullable BaseRuntimeChildDefinition child(FhirContext fhirContext, String type, String name) {
        RuntimeResourceDefinition definition = fhirContext.getResourceDefinition(type);
        BaseRuntimeChildDefinition child = definition.getChildByName(name);
        return child == null ? definition.getChildByName(name + CHOICE) : child;
    }

    /** The elements of a type that HAPI's parser encodes, including mandatory ones; empty for all. */
    public Set<String> of(String type) {
        Set<String> paths = new TreeSet<>();
        boolean concerned = false;
        for (String element : elements) {
            boolean typed = Character.isUpperCase(element.charAt(0));
            boolean ofType = !typed || typeOf(element).equals(type);
            concerned |= ofType;
            BaseRuntimeChildDefinition child =
                    ofType ? child(fhirContext, type, typed ? pathOf(element) : element) : null;
            if (child != null) {
                // HAPI uses the common name of an element with a choice of types, such as value[x]
                paths.add(type + "." + child.getElementName().replace(CHOICE, ""));
            }
        }
        if (concerned) {
            paths.add(type + ".id");
            paths.add(type + "." + MANDATORY);
        }
        return paths;
    }
}
