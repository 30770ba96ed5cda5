/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment;

import java.util.Collection;
import java.util.Map;
import java.util.Set;

/** Finds the patients of an export to whom resources belong (FHIR R4, "Compartment Patient"). */
public interface PatientsOfResources {

    /**
     * Looks up many resources at once.
     *
     * @param resources relative references of type and id, of any type; they need not exist
     * @return the ids of the export's patients to whom each belongs; a resource without any may be absent
     */
    Map<String, Set<String>> of(Collection<String> resources);
}
