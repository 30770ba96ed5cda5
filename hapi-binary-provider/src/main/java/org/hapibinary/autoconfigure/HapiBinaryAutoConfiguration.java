/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import ca.uhn.fhir.batch2.api.IJobCoordinator;
import ca.uhn.fhir.context.FhirContext;
import jakarta.persistence.EntityManagerFactory;
import java.time.Clock;
import java.util.List;
import org.hapibinary.authorization.ExportGate;
import org.hapibinary.authorization.ExportRequests;
import org.hapibinary.authorization.PluginRequest;
import org.hapibinary.authorization.body.RequestBodies;
import org.hapibinary.authorization.token.IssuerMetadata;
import org.hapibinary.jpaserver.kickoff.ExportProvider;
import org.hapibinary.observability.RequestIdFilter;
import org.hapibinary.plugin.ServerParts;
import org.hapibinary.problem.ProblemInterceptor;
import org.hapibinary.provider.BinaryProvider;
import org.hapibinary.provider.ExportStatusProvider;
import org.hapibinary.provider.ListedBases;
import org.hapibinary.provider.NotModifiedInterceptor;
import org.hapibinary.provider.RequestRouting;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * Puts the plugin into a HAPI FHIR JPA server that is a Spring Boot application. Its parts are not annotated as
 * configurations: a host that scans this package finds none of them where the plugin is off.
 */
@AutoConfiguration
@ConditionalOnClass({IJobCoordinator.class, EntityManagerFactory.class})
@ConditionalOnProperty(name = "hapi.binary.enabled", havingValue = "true", matchIfMissing = true)
@EnableConfigurationProperties(HapiBinaryProperties.class)
@Import({
    CatalogConfiguration.class,
    StorageConfiguration.class,
    AuthorizationConfiguration.class,
    DownloadConfiguration.class,
    ExportEngineConfiguration.class,
    ExportJobConfiguration.class,
    LifecycleConfiguration.class,
    ActuatorConfiguration.class
})
public class HapiBinaryAutoConfiguration {

    static final String CLOCK = "hapiBinaryClock";

    @Bean
    static PropertyChecks hapiBinaryPropertyChecks(ConfigurableEnvironment environment) {
        return new PropertyChecks(environment, AuthorizationConfiguration.CALLER_RESOLVER);
    }

    @Bean
    static RestfulServerRegistrar hapiBinaryRestfulServerRegistrar(
            ObjectProvider<ServerParts> parts, ObjectProvider<ExportProvider> exports) {
        return new RestfulServerRegistrar(parts, exports);
    }

    @Bean(name = CLOCK)
    @ConditionalOnMissingBean(name = CLOCK)
    Clock hapiBinaryClock() {
        return Clock.systemUTC();
    }

    @Bean
    RequestRouting hapiBinaryRequestRouting(ExportGate gate) {
        return new RequestRouting(gate);
    }

    @Bean
    ProblemInterceptor hapiBinaryProblems() {
        return new ProblemInterceptor(PluginRequest::isClaimed);
    }

    @Bean
    NotModifiedInterceptor hapiBinaryNotModified() {
        return new NotModifiedInterceptor();
    }

    @Bean
    ServerParts hapiBinaryServerParts(
            FhirContext fhirContext,
            HapiBinaryProperties properties,
            @Qualifier(CLOCK) Clock clock,
            ExportGate gate,
            RequestBodies bodies,
            RequestRouting routing,
            ProblemInterceptor problems,
            NotModifiedInterceptor notModified,
            BinaryProvider binaries,
            ExportStatusProvider status) {
        String issuer = properties.authorization().mainIssuer();
        return new ServerParts(
                        bodies,
                        List.of(
                                new ListedBases(properties.baseUrls()),
                                gate,
                                new ExportRequests(gate),
                                bodies,
                                routing,
                                problems,
                                notModified),
                        List.of(binaries, status))
                .announced(
                        fhirContext,
                        properties.capability().supportedProfiles(),
                        issuer == null
                                ? null
                                : new IssuerMetadata(
                                        issuer, properties.authorization().tokenSettings(), clock));
    }

    /** Before everything else, so that whatever is logged of a request has its id. */
    @Bean
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
    FilterRegistrationBean<RequestIdFilter> hapiBinaryRequestIds() {
        FilterRegistrationBean<RequestIdFilter> filter = new FilterRegistrationBean<>(new RequestIdFilter());
        filter.setOrder(Ordered.HIGHEST_PRECEDENCE);
        return filter;
    }
}
