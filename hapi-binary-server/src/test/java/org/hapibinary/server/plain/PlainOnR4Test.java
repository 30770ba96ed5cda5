/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import ca.uhn.fhir.context.FhirContext;
import org.hapibinary.server.contract.ValidDiscoveryContract;
import org.hapibinary.server.contract.download.ContentFaultContract;
import org.hapibinary.server.contract.download.ResumeContract;

class PlainOnR4Test extends PlainServerContract
        implements ValidDiscoveryContract, ResumeContract, ContentFaultContract {

    @Override
    FhirContext fhirContext() {
        return FhirContext.forR4Cached();
    }
}
