/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.starterlike;

import ca.uhn.fhir.batch2.jobs.export.BulkDataExportProvider;
import ca.uhn.fhir.batch2.jobs.imprt.BulkDataImportProvider;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.binary.interceptor.BinaryStorageInterceptor;
import ca.uhn.fhir.jpa.binary.provider.BinaryAccessProvider;
import ca.uhn.fhir.jpa.config.JpaConfig;
import ca.uhn.fhir.jpa.graphql.GraphQLProvider;
import ca.uhn.fhir.jpa.provider.DiffProvider;
import ca.uhn.fhir.jpa.provider.IJpaSystemProvider;
import ca.uhn.fhir.jpa.provider.JpaCapabilityStatementProvider;
import ca.uhn.fhir.jpa.provider.SubscriptionTriggeringProvider;
import ca.uhn.fhir.jpa.provider.TerminologyUploaderProvider;
import ca.uhn.fhir.jpa.provider.ValueSetOperationProvider;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.narrative2.NullNarrativeGenerator;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.server.HardcodedServerAddressStrategy;
import ca.uhn.fhir.rest.server.IncomingRequestAddressStrategy;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.interceptor.CorsInterceptor;
import ca.uhn.fhir.rest.server.interceptor.LoggingInterceptor;
import ca.uhn.fhir.rest.server.interceptor.ResponseHighlighterInterceptor;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import java.util.List;
import java.util.function.Consumer;
import org.springframework.beans.BeanUtils;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.cors.CorsConfiguration;

/** The RestfulServer with HAPI's providers and interceptors, and those that the operator names. */
@Configuration
class HostFhirServer {

    /** The bean has the same name in each HAPI; its class moved to another package with 8.6. */
    private static final String REINDEX_PROVIDER = "reindexProvider";

    @Bean
    LoggingInterceptor loggingInterceptor() {
        LoggingInterceptor logging = new LoggingInterceptor();
        logging.setLoggerName("fhirtest.access");
        return logging;
    }

    @Bean
    CorsInterceptor corsInterceptor() {
        CorsConfiguration cors = new CorsConfiguration();
        cors.setAllowedHeaders(List.of("Origin", "Accept", "Content-Type", "Authorization", "Cache-Control", "Prefer"));
        cors.addAllowedOriginPattern("*");
        cors.setExposedHeaders(List.of("Location", "Content-Location"));
        cors.setAllowedMethods(List.of("GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "HEAD"));
        cors.setAllowCredentials(true);
        return new CorsInterceptor(cors);
    }

    @Bean
    RestfulServer restfulServer(
            HostProperties properties,
            IFhirSystemDao<?, ?> systemDao,
            IJpaSystemProvider systemProvider,
            ResourceProviderFactory resourceProviders,
            JpaStorageSettings settings,
            ISearchParamRegistry searchParameters,
            IValidationSupport validationSupport,
            DatabaseBackedPagingProvider paging,
            LoggingInterceptor logging,
            CorsInterceptor cors,
            TerminologyUploaderProvider terminologyUploader,
            SubscriptionTriggeringProvider subscriptionTrigger,
            BinaryAccessProvider binaryAccess,
            BinaryStorageInterceptor<?> binaryStorage,
            @Qualifier(JpaConfig.GRAPHQL_PROVIDER_NAME) GraphQLProvider graphQl,
            DiffProvider diff,
            BulkDataExportProvider bulkExport,
            BulkDataImportProvider bulkImport,
            ValueSetOperationProvider valueSets,
            @Qualifier(REINDEX_PROVIDER) Object reindex,
            ApplicationContext context) {
        RestfulServer server = new RestfulServer(systemDao.getContext());
        systemDao.getContext().setNarrativeGenerator(new NullNarrativeGenerator());
        server.registerProviders(resourceProviders.createProviders());
        server.registerProvider(systemProvider);
        server.setServerConformanceProvider(
                new JpaCapabilityStatementProvider(server, systemDao, settings, searchParameters, validationSupport));
        server.setDefaultResponseEncoding(EncodingEnum.JSON);
        server.setPagingProvider(paging);
        server.registerInterceptor(new ResponseHighlighterInterceptor());
        server.registerInterceptor(logging);
        server.setServerAddressStrategy(
                properties.serverAddress() == null
                        ? new IncomingRequestAddressStrategy()
                        : new HardcodedServerAddressStrategy(properties.serverAddress()));
        server.registerProvider(terminologyUploader);
        server.registerProvider(subscriptionTrigger);
        server.registerInterceptor(cors);
        if (properties.binaryStorageEnabled()) {
            server.registerProvider(binaryAccess);
            server.registerInterceptor(binaryStorage);
        }
        server.registerProviders(graphQl, diff);
        if (properties.bulkExportEnabled()) {
            server.registerProvider(bulkExport);
        }
        server.registerProvider(bulkImport);
        server.registerProvider(valueSets);
        server.registerProvider(reindex);
        register(properties.customInterceptorClasses(), context, server::registerInterceptor);
        register(properties.customProviderClasses(), context, server::registerProvider);
        return server;
    }

    private static void register(List<Class<?>> classes, ApplicationContext context, Consumer<Object> registry) {
        for (Class<?> type : classes) {
            Object bean = context.getBeanProvider(type).getIfAvailable();
            registry.accept(bean == null ? BeanUtils.instantiateClass(type) : bean);
        }
    }
}
