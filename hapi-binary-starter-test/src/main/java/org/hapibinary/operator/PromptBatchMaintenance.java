/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.operator;

import ca.uhn.fhir.batch2.maintenance.JobMaintenanceServiceImpl;
import java.time.Duration;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.stereotype.Component;

/**
 * A bean of the operator's, in a package for {@code hapi.fhir.custom-bean-packages}: HAPI advances an export by one step in
 * each pass, once a minute, which is long for a test.
 */
@Component
public final class PromptBatchMaintenance implements BeanPostProcessor {

    private static final Duration INTERVAL = Duration.ofMillis(200);

    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        if (bean instanceof JobMaintenanceServiceImpl maintenance) {
            maintenance.setScheduledJobFrequencyMillis(INTERVAL.toMillis());
        }
        return bean;
    }
}
