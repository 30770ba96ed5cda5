/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.host;

import ca.uhn.fhir.batch2.maintenance.JobMaintenanceServiceImpl;
import java.time.Duration;
import org.springframework.beans.factory.config.BeanPostProcessor;

/**
 * HAPI advances an export of its own by one step in each pass, once a minute by default; this makes the passes
 * frequent.
 */
public final class PromptBatchMaintenance implements BeanPostProcessor {

    private final Duration interval;

    /** @param interval between two passes */
    public PromptBatchMaintenance(Duration interval) {
        this.interval = interval;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        if (bean instanceof JobMaintenanceServiceImpl maintenance) {
            maintenance.setScheduledJobFrequencyMillis(interval.toMillis());
        }
        return bean;
    }
}
