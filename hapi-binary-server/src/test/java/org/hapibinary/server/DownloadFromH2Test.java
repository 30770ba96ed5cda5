/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import ca.uhn.fhir.context.FhirContext;

/** From a plain server. */
class DownloadFromH2Test extends StoreJourney {

    @Override
    ServerUnderTest.Kind server() {
        return PlainHost.of(FhirContext.forR4Cached());
    }

    @Override
    String[] store() {
        return new String[] {
            "spring.datasource.url=jdbc:h2:file:" + directory.resolve("h2/fhir"), "hapi.binary.storage.mode=database"
        };
    }
}
