/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.twin;

import ca.uhn.fhir.batch2.jobs.export.BulkDataExportProvider;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.interceptor.api.IInterceptorService;
import ca.uhn.fhir.jpa.interceptor.PatientIdPartitionInterceptor;
import ca.uhn.fhir.jpa.model.config.PartitionSettings;
import ca.uhn.fhir.jpa.model.config.PartitionSettings.CrossPartitionReferenceMode;
import ca.uhn.fhir.jpa.searchparam.extractor.ISearchParamExtractor;
import ca.uhn.fhir.rest.server.HardcodedServerAddressStrategy;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.interceptor.partition.RequestTenantPartitionInterceptor;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.tenant.UrlBaseTenantIdentificationStrategy;
import java.time.Duration;
import java.util.Objects;
import org.hapibinary.authorization.Caller;
import org.hapibinary.authorization.CallerResolver;
import org.hapibinary.authorization.SmartScopes;
import org.hapibinary.autoconfigure.HapiBinaryProperties;
import org.hapibinary.server.FhirJpaConfiguration;
import org.hapibinary.server.host.PromptBatchMaintenance;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Profile;

/**
 * A host that knows nothing of the plugin but callers who may read everything, by a header that names them. With {@code
 * hapi.binary.enabled=false} its exports are HAPI's own.
 */
@Configuration(proxyBeanMethods = false)
@Profile(TwinHost.PROFILE)
@EnableAutoConfiguration
@EnableConfigurationProperties(HapiBinaryProperties.class) // for our own server's settings
@Import(FhirJpaConfiguration.class)
class TwinHost {

    static final String PROFILE = "twin-host";
    static final String CLIENT_HEADER = "X-Client";

    private static final Duration INTERVAL = Duration.ofMillis(100);

    /** As {@code twin-host.partitions}. */
    enum Partitions {
        NONE,
        BY_TENANT,
        BY_PATIENT
    }

    @Bean
    @ConditionalOnProperty(name = "hapi.binary.enabled", havingValue = "false")
    static BeanPostProcessor promptBatchMaintenance() {
        return new PromptBatchMaintenance(INTERVAL);
    }

    @Bean
    CallerResolver everybody() {
        return request -> new Caller(
                "https://host.example.org",
                Objects.requireNonNullElse(request.getHeader(CLIENT_HEADER), "client"),
                null,
                SmartScopes.parse("system/*.rs"));
    }

    @Bean
    RestfulServer restfulServer(
            FhirContext fhirContext,
            ResourceProviderFactory resourceProviders,
            BulkDataExportProvider bulkExport,
            @Value("${hapi.binary.base-url}") String baseUrl,
            @Value("${twin-host.partitions}") Partitions partitions) {
        RestfulServer server = new RestfulServer(fhirContext);
        server.setServerAddressStrategy(new HardcodedServerAddressStrategy(baseUrl));
        server.registerProviders(resourceProviders.createProviders());
        server.registerProvider(bulkExport);
        if (partitions == Partitions.BY_TENANT) {
            server.setTenantIdentificationStrategy(new UrlBaseTenantIdentificationStrategy());
        }
        return server;
    }

    @Bean
    ServletRegistrationBean<RestfulServer> fhirServlet(RestfulServer restfulServer) {
        return new ServletRegistrationBean<>(restfulServer, "/fhir/*");
    }

    @Bean
    PartitionSettings partitionSettings(@Value("${twin-host.partitions}") Partitions partitions) {
        PartitionSettings settings = new PartitionSettings();
        settings.setPartitioningEnabled(partitions != Partitions.NONE);
        if (partitions == Partitions.BY_TENANT) {
            settings.setDatabasePartitionMode(true); // else HAPI has each id once on the whole server
            settings.setDefaultPartitionId(0);
        }
        if (partitions == Partitions.BY_PATIENT) {
            settings.setUnnamedPartitionMode(true);
            settings.setAllowReferencesAcrossPartitions(CrossPartitionReferenceMode.ALLOWED_UNQUALIFIED);
        }
        return settings;
    }

    @Bean
    SmartInitializingSingleton partitionsOfRequests(
            @Value("${twin-host.partitions}") Partitions partitions,
            IInterceptorService jpaInterceptors,
            FhirContext fhirContext,
            ISearchParamExtractor searchParameters,
            PartitionSettings settings) {
        return () -> {
            if (partitions == Partitions.BY_TENANT) {
                RequestTenantPartitionInterceptor byTenant = new RequestTenantPartitionInterceptor();
                byTenant.setPartitionSettings(settings);
                jpaInterceptors.registerInterceptor(byTenant);
            } else if (partitions == Partitions.BY_PATIENT) {
                jpaInterceptors.registerInterceptor(
                        new PatientIdPartitionInterceptor(fhirContext, searchParameters, settings));
            }
        };
    }
}
