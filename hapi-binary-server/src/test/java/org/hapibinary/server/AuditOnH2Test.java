/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import org.hapibinary.server.contract.lifecycle.AuditContract;

class AuditOnH2Test extends AuditContract {

    @Override
    protected String[] database() {
        return new String[] {"spring.datasource.url=jdbc:h2:mem:audit;DB_CLOSE_DELAY=-1"};
    }

    @Override
    protected String notChecked() {
        return "nocheck";
    }
}
