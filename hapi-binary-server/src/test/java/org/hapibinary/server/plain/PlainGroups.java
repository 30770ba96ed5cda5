/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.annotation.IdParam;
import ca.uhn.fhir.rest.annotation.ResourceParam;
import ca.uhn.fhir.rest.annotation.Update;
import ca.uhn.fhir.rest.api.MethodOutcome;
import ca.uhn.fhir.rest.server.IResourceProvider;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.instance.model.api.IIdType;

/** The Groups of a plain host: it takes any, and keeps none. */
public final class PlainGroups implements IResourceProvider {

    private final FhirContext fhirContext;

    PlainGroups(FhirContext fhirContext) {
        this.fhirContext = fhirContext;
    }

    @Override
    public Class<? extends IBaseResource> getResourceType() {
        return fhirContext.getResourceDefinition("Group").getImplementingClass();
    }

    @Update
    public MethodOutcome update(@IdParam IIdType id, @ResourceParam IBaseResource group) {
        return new MethodOutcome(id, true);
    }
}
