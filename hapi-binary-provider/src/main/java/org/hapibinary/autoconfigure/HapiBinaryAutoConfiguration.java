/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import ca.uhn.fhir.batch2.api.IJobCoordinator;
import jakarta.persistence.EntityManagerFactory;
import java.time.Clock;
import org.hapibinary.jpaserver.JpaExports;
import org.hapibinary.jpaserver.version.HapiCheck;
import org.hapibinary.jpaserver.version.UnfitHapiException;
import org.hapibinary.observability.RequestIdFilter;
import org.hapibinary.plugin.Plugin;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
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
    HapiCheck.class,
    CatalogConfiguration.class,
    StorageConfiguration.class,
    AuthorizationConfiguration.class,
    PluginConfiguration.class,
    ExportConfiguration.class,
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
            ObjectProvider<Plugin> plugin, ObjectProvider<JpaExports> exports) {
        return new RestfulServerRegistrar(plugin, exports);
    }

    @Bean(name = CLOCK)
    @ConditionalOnMissingBean(name = CLOCK)
    Clock hapiBinaryClock() {
        return Clock.systemUTC();
    }

    /** Before everything else, so that whatever is logged of a request has its id. */
    @Bean
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
    FilterRegistrationBean<RequestIdFilter> hapiBinaryRequestIds() {
        FilterRegistrationBean<RequestIdFilter> filter = new FilterRegistrationBean<>(new RequestIdFilter());
        filter.setOrder(Ordered.HIGHEST_PRECEDENCE);
        return filter;
    }

    /** Shows an operator what does not fit of HAPI instead of a stack trace. */
    static final class HapiAnalyzer extends AbstractFailureAnalyzer<UnfitHapiException> {

        @Override
        protected FailureAnalysis analyze(Throwable rootFailure, UnfitHapiException cause) {
            return new FailureAnalysis(
                    cause.getMessage() + ".",
                    "Take a version of HAPI FHIR that hapi-binary has been tested with, all of its jars in the same"
                            + " version, or another version of hapi-binary. hapi.binary.enabled=false starts without"
                            + " it.",
                    cause);
        }
    }
}
