/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import ca.uhn.fhir.context.FhirContext;

class PlainOnR4Test extends PlainJourney implements ValidDiscoveryTests, ResumeTests, ContentFaultTests {

    @Override
    FhirContext fhirContext() {
        return FhirContext.forR4Cached();
    }
}
