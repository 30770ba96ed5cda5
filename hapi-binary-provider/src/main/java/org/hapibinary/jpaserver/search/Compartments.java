/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.search;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.RuntimeResourceDefinition;
import ca.uhn.fhir.context.RuntimeSearchParam;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry.SearchParamLookupContextEnum;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/** The references by which resources belong to a patient, as HAPI defines them (FHIR, "Compartment Patient"). */
public final class Compartments {

    private static final String PATIENT = "Patient";

    private final FhirContext fhirContext;
    private final ISearchParamRegistry searchParameters;

    public Compartments(FhirContext fhirContext, ISearchParamRegistry searchParameters) {
        this.fhirContext = fhirContext;
        this.searchParameters = searchParameters;
    }

    /**
     * The paths of a type's references to its patients, as in HAPI's links. Only active search parameters count,
     * because HAPI stores no links of others.
     *
     * @return empty if resources of the type belong to no patient
     */
    Set<String> pathsToPatient(String resourceType) {
        Set<String> paths = new TreeSet<>();
        for (RuntimeSearchParam parameter :
                fhirContext.getResourceDefinition(resourceType).getSearchParamsForCompartmentName(PATIENT)) {
            paths.addAll(paths(resourceType, parameter.getName()));
        }
        return paths;
    }

    /** The same, and those of a Provenance to what it is about: in R5 these are not of the compartment. */
    Set<String> pathsToOwners(String resourceType) {
        Set<String> paths = pathsToPatient(resourceType);
        if (resourceType.equals(ExportableTypes.PROVENANCE)) {
            paths.addAll(paths(resourceType, ExportableTypes.TARGET));
        }
        return paths;
    }

    /**
     * The search parameters of the compartment that are retired or disabled on the server. A resource that refers to a
     * patient only by one of these is not found to belong to the patient.
     */
    Set<String> inactive(String resourceType) {
        Set<String> inactive = new TreeSet<>();
        for (RuntimeSearchParam parameter :
                fhirContext.getResourceDefinition(resourceType).getSearchParamsForCompartmentName(PATIENT)) {
            if (!isActive(resourceType, parameter.getName())) {
                inactive.add(parameter.getName());
            }
        }
        return inactive;
    }

    /**
     * The same, but for those that read an element which another search parameter reads as well: in R4 Provenance
     * belongs to those of its targets that are patients, in R5 to its patient.
     *
     * @param other of the same type
     */
    Set<String> inactiveBeside(String resourceType, String other) {
        RuntimeResourceDefinition definition = fhirContext.getResourceDefinition(resourceType);
        String element = definition.getSearchParam(other).getPath();
        Set<String> inactive = inactive(resourceType);
        inactive.removeIf(name -> definition.getSearchParam(name).getPath().startsWith(element));
        return inactive;
    }

    /** Whether the server has a search parameter, neither retired nor disabled. */
    boolean isActive(String resourceType, String parameter) {
        return searchParameters.getActiveSearchParam(resourceType, parameter, SearchParamLookupContextEnum.SEARCH)
                != null;
    }

    /** Whether resources of a type are patients, or may belong to one. */
    boolean isOfPatients(String resourceType) {
        return resourceType.equals(PATIENT) || !pathsToPatient(resourceType).isEmpty();
    }

    /** The paths of one search parameter; empty if it is not active. */
    Set<String> paths(String resourceType, String parameter) {
        RuntimeSearchParam active =
                searchParameters.getActiveSearchParam(resourceType, parameter, SearchParamLookupContextEnum.SEARCH);
        return active == null ? Set.of() : new TreeSet<>(active.getPathsSplitForResourceType(resourceType));
    }

    /** The paths of these types, without Patient, and without Group, which does not belong to its members. */
    Set<String> pathsToPatient(Collection<String> resourceTypes) {
        Set<String> paths = new TreeSet<>();
        resourceTypes.stream()
                .filter(type -> !type.equals(PATIENT) && !type.equals("Group"))
                .forEach(type -> paths.addAll(pathsToPatient(type)));
        return paths;
    }
}
