/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.hapibinary.health.HealthCheck;
import org.hapibinary.lifecycle.StoreBinding;
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
        MaintenanceEndpoint hapiBinaryMaintenanceEndpoint(Plugin plugin) {
            return new MaintenanceEndpoint(Map.of(
                    "adopt", () -> adopted(plugin.binding()),
                    "orphans", () -> Map.of("erased", plugin.orphanCheck().run(() -> true)),
                    "sweep", () -> done(() -> plugin.sweep().run(() -> true))));
        }

        private static Map<String, Object> adopted(StoreBinding binding) {
            try {
                binding.adopt();
                return Map.of();
            } catch (IOException e) {
                throw new UncheckedIOException("The mark cannot be stored", e);
            }
        }

        private static Map<String, Object> done(Runnable task) {
            task.run();
            return Map.of();
        }
    }
}
