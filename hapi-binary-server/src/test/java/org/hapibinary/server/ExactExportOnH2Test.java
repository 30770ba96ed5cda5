/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import org.hapibinary.server.contract.export.ExactExportContract;

class ExactExportOnH2Test extends ExactExportContract {

    @Override
    protected String[] database() {
        return new String[] {"spring.datasource.url=jdbc:h2:file:" + directory.resolve("h2/fhir")};
    }
}
