/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import ca.uhn.fhir.context.FhirContext;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.observation.ObservationRegistry;
import java.time.Clock;
import java.util.Comparator;
import java.util.Objects;
import java.util.stream.Stream;
import org.hapibinary.attachment.ServedAttachments;
import org.hapibinary.attachment.record.RecordBinaries;
import org.hapibinary.authorization.CallerResolver;
import org.hapibinary.authorization.ExportGate;
import org.hapibinary.authorization.ExportPolicy;
import org.hapibinary.authorization.HeldClients;
import org.hapibinary.authorization.body.RequestBodies;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.export.ExportServices;
import org.hapibinary.jpaserver.JpaExports;
import org.hapibinary.lifecycle.PeriodicTasks;
import org.hapibinary.observability.Observations;
import org.hapibinary.plugin.Plugin;
import org.hapibinary.plugin.PluginServices;
import org.hapibinary.plugin.PluginSettings;
import org.hapibinary.plugin.Surroundings;
import org.hapibinary.problem.ProblemInterceptor;
import org.hapibinary.provider.BinaryProvider;
import org.hapibinary.provider.ExportStatusProvider;
import org.hapibinary.storage.ContentStore;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;

/** The plugin, put together for a HAPI JPA server. */
@Import(PluginConfiguration.NamedParts.class)
class PluginConfiguration {

    private static final int CONTAINER_THREADS = 200;

    @Bean
    Surroundings hapiBinarySurroundings(
            FhirContext fhirContext,
            CatalogDatabase database,
            ContentStore store,
            RecordBinaries record,
            ObjectProvider<MeterRegistry> meters,
            ObjectProvider<ObservationRegistry> observations,
            @Qualifier(HapiBinaryAutoConfiguration.CLOCK) Clock clock) {
        MeterRegistry registry = meters.getIfAvailable(() -> Metrics.globalRegistry);
        return new Surroundings(
                fhirContext,
                database,
                store,
                catalog -> new ServedAttachments(record, catalog),
                registry,
                Observations.of(observations.getIfAvailable(), registry),
                clock);
    }

    @Bean
    PluginServices hapiBinaryServices(
            Surroundings surroundings,
            HapiBinaryProperties properties,
            CallerResolver callers,
            ExportPolicy policy,
            Environment environment) {
        PluginSettings settings =
                properties.pluginSettings(callers, policy, containerThreads(environment), surroundings.clock());
        return new PluginServices(surroundings, settings);
    }

    /** As Spring Boot has the container configured; it starts Tomcat and Jetty with 200 threads otherwise. */
    private static int containerThreads(Environment environment) {
        return Stream.of("server.jetty.threads.max", "server.tomcat.threads.max")
                .map(property -> environment.getProperty(property, Integer.class))
                .filter(Objects::nonNull)
                .min(Comparator.naturalOrder())
                .orElse(CONTAINER_THREADS);
    }

    /** A host guards the resolvers of its own with it, so that clients on hold are refused by the rest of it too. */
    @Bean
    HeldClients hapiBinaryHeldClients(PluginServices services) {
        return services.held();
    }

    @Bean
    ExportServices hapiBinaryExportServices(PluginServices services) {
        return services.exports();
    }

    @Bean
    Plugin hapiBinaryPlugin(PluginServices services, JpaExports exports) {
        return new Plugin(services, exports.engine(), exports.tasks());
    }

    /** Operators may name these by their classes among the server's own interceptors and providers. */
    static class NamedParts {

        @Bean
        ExportGate hapiBinaryExportGate(Plugin plugin) {
            return plugin.fhir().part(ExportGate.class);
        }

        @Bean
        RequestBodies hapiBinaryRequestBodies(Plugin plugin) {
            return plugin.fhir().part(RequestBodies.class);
        }

        @Bean
        ProblemInterceptor hapiBinaryProblems(Plugin plugin) {
            return plugin.fhir().part(ProblemInterceptor.class);
        }

        @Bean
        BinaryProvider hapiBinaryBinaryProvider(Plugin plugin) {
            return plugin.fhir().part(BinaryProvider.class);
        }

        @Bean
        ExportStatusProvider hapiBinaryExportStatusProvider(Plugin plugin) {
            return plugin.fhir().part(ExportStatusProvider.class);
        }
    }

    @Bean
    PeriodicTasks hapiBinaryPeriodicTasks(Plugin plugin) {
        return plugin.tasks();
    }
}
