/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.FhirVersionEnum;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.jpa.model.config.PartitionSettings;
import ca.uhn.fhir.storage.interceptor.balp.IBalpAuditEventSink;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.observation.ObservationRegistry;
import java.time.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.hapibinary.attachment.ServedAttachments;
import org.hapibinary.attachment.record.RecordBinaries;
import org.hapibinary.authorization.CallerResolver;
import org.hapibinary.authorization.ExportGate;
import org.hapibinary.authorization.ExportPolicy;
import org.hapibinary.authorization.body.RequestBodies;
import org.hapibinary.authorization.hold.HeldClients;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.export.ExportServices;
import org.hapibinary.jpaserver.JpaExports;
import org.hapibinary.jpaserver.audit.JpaAuditSinks;
import org.hapibinary.lifecycle.DownloadsAtShutdown;
import org.hapibinary.lifecycle.PeriodicTasks;
import org.hapibinary.observability.Observations;
import org.hapibinary.observability.audit.AuditSink;
import org.hapibinary.observability.audit.AuditTrail;
import org.hapibinary.plugin.Plugin;
import org.hapibinary.plugin.PluginServices;
import org.hapibinary.plugin.PluginSettings;
import org.hapibinary.plugin.Surroundings;
import org.hapibinary.problem.ProblemInterceptor;
import org.hapibinary.provider.BinaryProvider;
import org.hapibinary.provider.ExportStatusProvider;
import org.hapibinary.storage.ContentStore;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;

/** The plugin, put together for a HAPI JPA server. */
@Import({PluginConfiguration.NamedParts.class, PluginConfiguration.AuditSinks.class})
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
            AuditSinks auditSinks,
            @Qualifier(HapiBinaryAutoConfiguration.CLOCK) Clock clock) {
        MeterRegistry registry = meters.getIfAvailable(() -> Metrics.globalRegistry);
        return new Surroundings(
                fhirContext,
                database,
                store,
                catalog -> new ServedAttachments(record, catalog),
                registry,
                Observations.of(observations.getIfAvailable(), registry),
                auditSinks.sinks(),
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

    /** Started before requests come, and stopped after the last one. */
    @Bean
    AuditTrail hapiBinaryAuditTrail(PluginServices services) {
        return services.audit();
    }

    @Bean
    ExportServices hapiBinaryExportServices(PluginServices services) {
        return services.exports();
    }

    @Bean
    Plugin hapiBinaryPlugin(PluginServices services, JpaExports exports) {
        return new Plugin(services, exports.engine(), exports.tasks());
    }

    /** What the operator has chosen of where audit events can go. */
    record AuditSinks(
            HapiBinaryProperties properties,
            FhirContext fhirContext,
            ObjectProvider<DaoRegistry> daos,
            JpaStorageSettings settings,
            PartitionSettings partitionSettings,
            ObjectProvider<IBalpAuditEventSink> host) {

        List<AuditSink> sinks() {
            return properties.audit().sink().stream()
                    .sorted()
                    .flatMap(choice -> Stream.ofNullable(sink(choice)))
                    .toList();
        }

        private @Nullable AuditSink sink(HapiBinaryProperties.Audit.Sink choice) {
            return switch (choice) {
                case LOG -> AuditSink.toLog();
                case FHIR -> JpaAuditSinks.store(fhirContext, daos::getObject, settings, partitionSettings);
                case HOST -> JpaAuditSinks.host(requireHost());
                case NONE -> null;
            };
        }

        private Supplier<IBalpAuditEventSink> requireHost() {
            boolean fits = fhirContext.getVersion().getVersion().isOlderThan(FhirVersionEnum.R5);
            if (!fits || host.stream().findAny().isEmpty()) {
                throw new InvalidPropertyException(
                        "hapi.binary.audit.sink",
                        "host",
                        "needs a bean of the type IBalpAuditEventSink, and FHIR R4 or R4B; without them, use log or"
                                + " fhir");
            }
            return host::getObject;
        }
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
    DownloadsAtShutdown hapiBinaryDownloadsAtShutdown(Plugin plugin, Environment environment) {
        boolean graceful = !"immediate".equalsIgnoreCase(environment.getProperty("server.shutdown"));
        return new DownloadsAtShutdown(plugin::isSending, graceful);
    }

    @Bean
    PeriodicTasks hapiBinaryPeriodicTasks(Plugin plugin) {
        return plugin.tasks();
    }
}
