/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.search;

import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters.ExportStyle;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.ExportIssue.Severity;

/** The resource types that can be exported at each level. */
public final class ExportableTypes {

    public static final String PROVENANCE = "Provenance";

    static final String TARGET = "target";
    private static final String PATIENT = "Patient";
    private static final String GROUP = "Group";
    private static final String BINARY = "Binary";

    private final DaoRegistry daos;
    private final Compartments compartments;
    private final List<String> supporting;

    /** @param supporting the types of supporting resources */
    public ExportableTypes(DaoRegistry daos, Compartments compartments, Collection<String> supporting) {
        this.daos = daos;
        this.compartments = compartments;
        this.supporting = List.copyOf(supporting);
    }

    /** The types that can be exported at this level. */
    public Set<String> of(ExportStyle style) {
        Set<String> types = supported();
        if (style != ExportStyle.SYSTEM) {
            types.removeIf(type -> !isOfPatients(type));
        }
        if (style == ExportStyle.PATIENT) {
            types.remove(GROUP); // it also names other members
        }
        return types;
    }

    /** The types that the server has, without Binary, which is exported only as an attachment. */
    private Set<String> supported() {
        Set<String> types = new TreeSet<>(daos.getFhirContext().getResourceTypes());
        types.removeIf(type -> type.equals(BINARY) || !daos.isResourceTypeSupported(type));
        return types;
    }

    private boolean isOfPatients(String type) {
        return type.equals(PROVENANCE)
                ? lacking(PROVENANCE).isEmpty()
                : compartments.isOfPatients(type) || isSupporting(type);
    }

    /**
     * The types of supporting resources that the server has, and of which it knows whether a resource belongs to a
     * patient: all search parameters of the compartment are active.
     */
    List<String> supporting() {
        return supporting.stream().filter(this::isSupporting).toList();
    }

    private boolean isSupporting(String type) {
        return supporting.contains(type)
                && daos.isResourceTypeSupported(type)
                && compartments.inactive(type).isEmpty();
    }

    /**
     * Checks a type that a client has named, as far as that depends on the server's settings.
     *
     * @return a sentence that says why it cannot be exported; empty if it can
     */
    public Optional<String> faultIn(String type, ExportStyle style) {
        String fault = "The _type \"" + type + "\" cannot be exported here: this server does not have ";
        boolean isKnown = daos.getFhirContext().getResourceTypes().contains(type);
        if (isKnown && !daos.isResourceTypeSupported(type)) {
            return Optional.of(fault + "resources of this type.");
        }
        Set<String> lacking = isKnown && style != ExportStyle.SYSTEM ? lacking(type) : Set.of();
        return lacking.isEmpty() || isOfPatients(type)
                ? Optional.empty()
                : Optional.of(fault + searchParameters(lacking) + " says whose it is.");
    }

    /**
     * Returns an issue for each type that will be missing or incomplete because search parameters are retired or
     * disabled.
     *
     * @param named the types that the client has named; empty for all
     * @param covered whether the token covers a type
     */
    public List<ExportIssue> gaps(Set<String> named, ExportStyle style, Predicate<String> covered) {
        List<ExportIssue> gaps = new ArrayList<>();
        for (String type : style == ExportStyle.SYSTEM ? Set.<String>of() : supported()) {
            Set<String> lacking =
                    covered.test(type) && (named.isEmpty() || named.contains(type)) ? lacking(type) : Set.of();
            if (!lacking.isEmpty()) {
                String missing = isOfPatients(type) ? "Some " + type + " may be missing" : type + " is missing";
                gaps.add(new ExportIssue(
                        Severity.WARNING,
                        "incomplete",
                        missing + " from the export: this server does not have " + searchParameters(lacking)
                                + " says whose it is."));
            }
        }
        return gaps;
    }

    /**
     * The inactive search parameters that are needed to determine to which patient resources of a type belong.
     */
    private Set<String> lacking(String type) {
        if (type.equals(PATIENT) || type.equals(GROUP)) {
            return Set.of();
        }
        if (type.equals(PROVENANCE)) {
            Set<String> lacking = compartments.inactiveBeside(PROVENANCE, TARGET);
            if (!compartments.isActive(PROVENANCE, TARGET)) {
                lacking.add(TARGET);
            }
            return lacking;
        }
        return compartments.inactive(type);
    }

    private static String searchParameters(Set<String> names) {
        return "the active search parameter " + String.join(" or ", names) + ", which";
    }
}
