/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import org.hapibinary.server.contract.lifecycle.LifecycleContract;

class LifecycleOnH2Test extends LifecycleContract {

    @Override
    protected String[] database() {
        return new String[] {"spring.datasource.url=jdbc:h2:mem:lifecycle;DB_CLOSE_DELAY=-1"};
    }
}
