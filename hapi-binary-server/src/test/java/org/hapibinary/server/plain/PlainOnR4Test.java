/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import ca.uhn.fhir.context.FhirContext;
import org.hapibinary.server.contract.ValidDiscoveryTests;
import org.hapibinary.server.contract.download.ContentFaultTests;
import org.hapibinary.server.contract.download.ResumeTests;

class PlainOnR4Test extends PlainJourney implements ValidDiscoveryTests, ResumeTests, ContentFaultTests {

    @Override
    FhirContext fhirContext() {
        return FhirContext.forR4Cached();
    }
}
