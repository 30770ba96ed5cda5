/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

class PassedThroughOnH2Test extends PassedThroughSuite {

    @Override
    String[] database() {
        return new String[] {"spring.datasource.url=jdbc:h2:file:" + directory.resolve("h2/fhir")};
    }
}
