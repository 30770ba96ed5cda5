/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.RuntimeSearchParam;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry.SearchParamLookupContextEnum;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/** Which elements of resources say that they belong to a patient (FHIR R4, "Compartment Patient", as HAPI has it). */
final class Compartments {

    private static final String PATIENT = "Patient";

    private final FhirContext fhirContext;
    private final ISearchParamRegistry searchParameters;

    Compartments(FhirContext fhirContext, ISearchParamRegistry searchParameters) {
        this.fhirContext = fhirContext;
        this.searchParameters = searchParameters;
    }

    /**
     * The paths of references to patients, as HAPI keeps them with its links: of active search parameters only, since HAPI
     * keeps no others.
     *
     * @return none if resources of the type belong to no patient
     */
    Set<String> pathsToPatient(String resourceType) {
        Set<String> paths = new TreeSet<>();
        for (RuntimeSearchParam parameter :
                fhirContext.getResourceDefinition(resourceType).getSearchParamsForCompartmentName(PATIENT)) {
            RuntimeSearchParam active = searchParameters.getActiveSearchParam(
                    resourceType, parameter.getName(), SearchParamLookupContextEnum.SEARCH);
            if (active != null) {
                paths.addAll(active.getPathsSplitForResourceType(resourceType));
            }
        }
        return paths;
    }

    /** Those of all types but Patient and Group, whose members are not what belongs to them. */
    Set<String> pathsToPatient() {
        Set<String> paths = new TreeSet<>();
        fhirContext.getResourceTypes().stream()
                .filter(type -> !type.equals(PATIENT) && !type.equals("Group"))
                .map(this::pathsToPatient)
                .forEach((Collection<String> some) -> paths.addAll(some));
        return paths;
    }
}
