/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import org.hapibinary.health.HealthCheck;
import org.hapibinary.operator.OperatorEndpoint;
import org.hapibinary.plugin.Plugin;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.health.CompositeHealthContributor;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.actuate.health.Status;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/**
 * Only where the host has Actuator, which is no dependency of the plugin's. Spring looks into the classes within a
 * class only if that is annotated as a component, so they are imported.
 */
@Import({ActuatorConfiguration.Healths.class, ActuatorConfiguration.OnDemand.class})
class ActuatorConfiguration {

    /** Only where the host has Actuator. */
    @ConditionalOnClass(HealthIndicator.class)
    static class Healths {

        /** Actuator's name for it is the bean's name up to {@code HealthContributor}. */
        @Bean
        CompositeHealthContributor hapiBinaryHealthContributor(Plugin plugin) {
            return CompositeHealthContributor.fromMap(plugin.health(), Healths::indicator);
        }

        private static HealthIndicator indicator(HealthCheck check) {
            return () -> {
                HealthCheck.Finding finding = check.check();
                return Health.status(finding.up() ? Status.UP : Status.DOWN)
                        .withDetails(finding.details())
                        .build();
            };
        }
    }

    /**
     * Only where the host has Actuator, which is no dependency of the plugin's, and only if the operator exposes it.
     */
    @ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
    static class OnDemand {

        @Bean
        @ConditionalOnAvailableEndpoint
        OperatorEndpoint hapiBinaryOperatorEndpoint(Plugin plugin, HapiBinaryProperties properties) {
            return new OperatorEndpoint(
                    plugin.insight(), plugin.operator(), properties.operator().hosts());
        }
    }
}
