/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.search;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.RuntimeSearchParam;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry.SearchParamLookupContextEnum;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/** Which elements of resources say that they belong to a patient (FHIR R4, "Compartment Patient", as HAPI has it). */
public final class Compartments {

    private static final String PATIENT = "Patient";

    private final FhirContext fhirContext;
    private final ISearchParamRegistry searchParameters;

    public Compartments(FhirContext fhirContext, ISearchParamRegistry searchParameters) {
        this.fhirContext = fhirContext;
        this.searchParameters = searchParameters;
    }

    /**
     * The paths of references to patients, as HAPI keeps them with its links: of active search parameters only, since
     * HAPI keeps no others.
     *
     * @return none if resources of the type belong to no patient
     */
    Set<String> pathsToPatient(String resourceType) {
        Set<String> paths = new TreeSet<>();
        for (RuntimeSearchParam parameter :
                fhirContext.getResourceDefinition(resourceType).getSearchParamsForCompartmentName(PATIENT)) {
            paths.addAll(paths(resourceType, parameter.getName()));
        }
        return paths;
    }

    /**
     * The search parameters of the compartment that the server does not have, since they were retired or disabled: what
     * refers to a patient by one of these only is not known to belong to them.
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

    /** Whether the server has a search parameter, which is neither retired nor disabled. */
    boolean isActive(String resourceType, String parameter) {
        return searchParameters.getActiveSearchParam(resourceType, parameter, SearchParamLookupContextEnum.SEARCH)
                != null;
    }

    /** Whether resources of a type are patients, or may belong to one. */
    boolean isOfPatients(String resourceType) {
        return resourceType.equals(PATIENT) || !pathsToPatient(resourceType).isEmpty();
    }

    /** The paths of the references of one search parameter; none if it is not active. */
    Set<String> paths(String resourceType, String parameter) {
        RuntimeSearchParam active =
                searchParameters.getActiveSearchParam(resourceType, parameter, SearchParamLookupContextEnum.SEARCH);
        return active == null ? Set.of() : new TreeSet<>(active.getPathsSplitForResourceType(resourceType));
    }

    /** Those of some types, but for Patient, and for Group, whose members are not what it belongs to. */
    Set<String> pathsToPatient(Collection<String> resourceTypes) {
        Set<String> paths = new TreeSet<>();
        resourceTypes.stream()
                .filter(type -> !type.equals(PATIENT) && !type.equals("Group"))
                .forEach(type -> paths.addAll(pathsToPatient(type)));
        return paths;
    }
}
