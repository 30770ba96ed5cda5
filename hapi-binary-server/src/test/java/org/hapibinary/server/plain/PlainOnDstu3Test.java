/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import ca.uhn.fhir.context.FhirContext;

class PlainOnDstu3Test extends PlainVersionContract {

    @Override
    FhirContext fhirContext() {
        return FhirContext.forDstu3Cached();
    }
}
