/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.export;

import ca.uhn.fhir.batch2.jobs.export.BulkDataExportProvider;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.provider.IJpaSystemProvider;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import java.time.Duration;
import org.hapibinary.autoconfigure.HapiBinaryProperties;
import org.hapibinary.server.FhirJpaConfiguration;
import org.hapibinary.server.host.PromptBatchMaintenance;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Profile;

/** The FHIR API with HAPI's own bulk export, as HAPI ships it, for everybody and without our plugin. */
@Configuration(proxyBeanMethods = false)
@Profile(StockExportServer.PROFILE)
@EnableAutoConfiguration
@EnableConfigurationProperties(HapiBinaryProperties.class)
@Import(FhirJpaConfiguration.class)
class StockExportServer {

    static final String PROFILE = "stock-export";

    private static final Duration BATCH_INTERVAL = Duration.ofSeconds(1);

    /** @param args Spring Boot properties */
    public static void main(String[] args) {
        SpringApplication.run(StockExportServer.class, args);
    }

    /** HAPI's own engine looks once a minute what to do next; that would be most of what is measured. */
    @Bean
    static BeanPostProcessor promptBatchMaintenance() {
        return new PromptBatchMaintenance(BATCH_INTERVAL);
    }

    @Bean
    RestfulServer restfulServer(
            FhirContext fhirContext,
            ResourceProviderFactory resourceProviders,
            IJpaSystemProvider systemProvider,
            BulkDataExportProvider bulkExport) {
        RestfulServer server = new RestfulServer(fhirContext);
        server.setDefaultResponseEncoding(EncodingEnum.JSON);
        server.registerProviders(resourceProviders.createProviders());
        server.registerProvider(systemProvider);
        server.registerProvider(bulkExport);
        return server;
    }

    @Bean
    ServletRegistrationBean<RestfulServer> fhirServlet(RestfulServer restfulServer) {
        return new ServletRegistrationBean<>(restfulServer, "/fhir/*");
    }
}
