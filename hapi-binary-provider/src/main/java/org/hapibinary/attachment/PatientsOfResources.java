/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment;

import java.util.Collection;
import java.util.Map;
import java.util.Set;

/** Says to which of the patients of an export resources belong (FHIR R4, "Compartment Patient"). */
public interface PatientsOfResources {

    /**
     * Looks up many resources at once.
     *
     * @param resources as relative references, type and id; of any type, and whether or not they exist
     * @return the ids of the patients that each belongs to and that the export is of; resources of none may be left out
     */
    Map<String, Set<String>> of(Collection<String> resources);
}
