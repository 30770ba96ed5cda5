/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import ca.uhn.fhir.batch2.jobs.export.BulkDataExportProvider;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.provider.IJpaSystemProvider;
import ca.uhn.fhir.jpa.provider.JpaCapabilityStatementProvider;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.eclipse.jetty.server.AbstractConnector;
import org.hapibinary.authorization.CallerResolver;
import org.hapibinary.authorization.ExportPolicy;
import org.hapibinary.authorization.body.RequestBodies;
import org.hapibinary.authorization.hold.HeldClients;
import org.hapibinary.autoconfigure.HapiBinaryProperties;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.web.servlet.DispatcherServletAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.embedded.jetty.JettyServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.util.StringUtils;
import org.springframework.web.filter.CorsFilter;

/** The FHIR API at {@code /fhir}. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({ServerLimits.class, CrossOrigin.class})
@Import(FhirServerConfiguration.HapiBeans.class)
class FhirServerConfiguration {

    private static final String FHIR = "/fhir";

    /** The beans of HAPI that the server needs. */
    record HapiBeans(
            IFhirSystemDao<?, ?> systemDao,
            IJpaSystemProvider systemProvider,
            ResourceProviderFactory resourceProviders,
            JpaStorageSettings storageSettings,
            ISearchParamRegistry searchParameters,
            IValidationSupport validationSupport,
            DatabaseBackedPagingProvider paging,
            BulkDataExportProvider bulkExport) {}

    @Bean
    RestfulServer restfulServer(
            HapiBeans hapi,
            CallerResolver resolver,
            HeldClients held,
            ExportPolicy policy,
            HapiBinaryProperties properties,
            ServerLimits limits) {
        RestfulServer server = new RestfulServer(hapi.systemDao.getContext());
        server.setServerAddressStrategy(new ListedBaseUrls(properties.baseUrls()));
        server.setDefaultResponseEncoding(EncodingEnum.JSON);
        server.setPagingProvider(hapi.paging);
        server.registerProviders(hapi.resourceProviders.createProviders());
        server.registerProvider(hapi.systemProvider);
        server.registerProvider(hapi.bulkExport);
        JpaCapabilityStatementProvider capabilities = new JpaCapabilityStatementProvider(
                server, hapi.systemDao, hapi.storageSettings, hapi.searchParameters, hapi.validationSupport);
        capabilities.setIncludeResourceCounts(false); // the statement is public
        server.setServerConformanceProvider(capabilities);
        CallerResolver callers = held.guard(resolver);
        ScopeAuthorization authorization =
                new ScopeAuthorization(callers, properties.otherBinaries(), policy::isLimited, hapi.searchParameters);
        server.registerInterceptor(new QueueRefusals());
        server.registerInterceptor(authorization);
        RequestBodies bodies =
                RequestBodies.ofTheRest(limits.maxRequestBody().toBytes(), callers, authorization::mayAskAnything);
        server.registerInterceptor(bodies);
        bodies.guard(server);
        return server;
    }

    @Bean
    ServletRegistrationBean<RestfulServer> fhirServlet(RestfulServer restfulServer) {
        ServletRegistrationBean<RestfulServer> servlet = new ServletRegistrationBean<>(restfulServer, FHIR + "/*");
        servlet.setName("fhir");
        servlet.setLoadOnStartup(1);
        return servlet;
    }

    @Bean
    WebServerFactoryCustomizer<JettyServletWebServerFactory> handlers(ServerLimits limits) {
        return jetty -> jetty.addServerCustomizers(server -> {
            server.insertHandler(new UnreadBodies());
            server.insertHandler(new FairQueueHandler(jetty.getContextPath() + FHIR, limits));
            Stream.of(server.getConnectors())
                    .map(AbstractConnector.class::cast)
                    .forEach(FhirServerConfiguration::letDownloadsGoOn);
        });
    }

    /** When a server is stopped, Jetty would otherwise cut each download that waits for its client for a second. */
    private static void letDownloadsGoOn(AbstractConnector connector) {
        connector.setShutdownIdleTimeout(connector.getIdleTimeout());
    }

    @Bean
    static BeanPostProcessor queuedCallers() {
        return new BeanPostProcessor() {
            @Override
            public Object postProcessAfterInitialization(Object bean, String name) {
                return bean instanceof CallerResolver callers ? new QueuedCallers(callers) : bean;
            }
        };
    }

    /** Runs before authentication, because a browser's preflight request has no token. */
    @Bean
    FilterRegistrationBean<CorsFilter> crossOriginRequests(CrossOrigin crossOrigin) {
        FilterRegistrationBean<CorsFilter> filter = new FilterRegistrationBean<>(new CorsFilter(crossOrigin::of));
        filter.setUrlPatterns(List.of(FHIR + "/*"));
        filter.setOrder(Ordered.HIGHEST_PRECEDENCE + 1);
        filter.setEnabled(!crossOrigin.isOff());
        return filter;
    }

    /**
     * Refuses TRACE: the servlet API would echo the request's headers, including the access token (RFC 9110 §9.3.8).
     */
    @Bean
    FilterRegistrationBean<Filter> noTrace() {
        FilterRegistrationBean<Filter> filter = new FilterRegistrationBean<>((request, response, chain) -> {
            if (((HttpServletRequest) request).getMethod().equals("TRACE")) {
                HttpServletResponse refusal = (HttpServletResponse) response;
                refusal.setStatus(HttpServletResponse.SC_METHOD_NOT_ALLOWED);
                refusal.setHeader("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE");
            } else {
                chain.doFilter(request, response);
            }
        });
        filter.setOrder(Ordered.HIGHEST_PRECEDENCE);
        return filter;
    }

    /** Refuses malformed escapes in path parameters, which Jetty accepts and on which Spring's own servlet fails. */
    @Bean
    FilterRegistrationBean<Filter> noUndecodablePath() {
        FilterRegistrationBean<Filter> filter = new FilterRegistrationBean<>((request, response, chain) -> {
            if (isDecodable(((HttpServletRequest) request).getRequestURI())) {
                chain.doFilter(request, response);
            } else {
                ((HttpServletResponse) response).setStatus(HttpServletResponse.SC_BAD_REQUEST);
            }
        });
        filter.setServletNames(Set.of(DispatcherServletAutoConfiguration.DEFAULT_DISPATCHER_SERVLET_BEAN_NAME));
        return filter;
    }

    private static boolean isDecodable(String path) {
        try {
            StringUtils.uriDecode(path, StandardCharsets.UTF_8);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
