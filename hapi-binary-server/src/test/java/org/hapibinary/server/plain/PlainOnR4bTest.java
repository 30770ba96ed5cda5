/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import ca.uhn.fhir.context.FhirContext;

class PlainOnR4bTest extends PlainServerContract {

    @Override
    FhirContext fhirContext() {
        return FhirContext.forR4BCached();
    }
}
