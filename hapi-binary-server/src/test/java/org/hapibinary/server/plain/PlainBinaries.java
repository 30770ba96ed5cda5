/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.annotation.IdParam;
import ca.uhn.fhir.rest.annotation.Read;
import ca.uhn.fhir.rest.server.IResourceProvider;
import ca.uhn.fhir.util.BinaryUtil;
import org.hl7.fhir.instance.model.api.IBaseBinary;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.instance.model.api.IIdType;

/** The Binaries of a plain host, which anybody may read and which are there under every id. */
public final class PlainBinaries implements IResourceProvider {

    private final FhirContext fhirContext;

    PlainBinaries(FhirContext fhirContext) {
        this.fhirContext = fhirContext;
    }

    @Override
    public Class<? extends IBaseResource> getResourceType() {
        return fhirContext.getResourceDefinition("Binary").getImplementingClass();
    }

    @Read
    public IBaseResource read(@IdParam IIdType id) {
        IBaseBinary binary = BinaryUtil.newBinary(fhirContext);
        binary.setId(id.toUnqualifiedVersionless());
        binary.setContentType("text/plain");
        return binary;
    }
}
