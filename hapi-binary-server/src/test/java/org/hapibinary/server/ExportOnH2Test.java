/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

class ExportOnH2Test extends ExportJourney implements ValidDiscoveryTests {

    @Override
    String[] store() {
        return new String[] {"spring.datasource.url=jdbc:h2:file:" + directory.resolve("h2/fhir")};
    }
}
