/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import org.hapibinary.server.contract.lifecycle.LifecycleJourney;

class LifecycleOnH2Test extends LifecycleJourney {

    @Override
    protected String[] database() {
        return new String[] {"spring.datasource.url=jdbc:h2:mem:lifecycle;DB_CLOSE_DELAY=-1"};
    }
}
