/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import java.time.Clock;
import org.hapibinary.authorization.CallerResolver;
import org.hapibinary.authorization.ClientList;
import org.hapibinary.authorization.ExportPolicy;
import org.hapibinary.authorization.token.AccessTokens;
import org.hapibinary.authorization.token.BearerTokenCallerResolver;
import org.hapibinary.observability.TokenRecorder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Who asks, and what they may. */
class AuthorizationConfiguration {

    static final String CALLER_RESOLVER = "hapiBinaryCallerResolver";

    private static final Logger log = LoggerFactory.getLogger(AuthorizationConfiguration.class);

    @Bean(name = CALLER_RESOLVER)
    @ConditionalOnMissingBean
    CallerResolver hapiBinaryCallerResolver(
            HapiBinaryProperties properties,
            ObjectProvider<MeterRegistry> meters,
            @Qualifier(HapiBinaryAutoConfiguration.CLOCK) Clock clock) {
        return new BearerTokenCallerResolver(
                new AccessTokens(
                        properties.trustedIssuers(), properties.authorization().tokenSettings(), clock),
                properties.baseUrls(),
                new TokenRecorder(meters.getIfAvailable(() -> Metrics.globalRegistry)));
    }

    /** The operator's list, unless the host has a policy of its own. */
    @Bean
    @ConditionalOnMissingBean
    ExportPolicy hapiBinaryExportPolicy(HapiBinaryProperties properties) {
        ClientList clients = properties.clientList();
        log.info("What clients may export: {}", clients);
        return clients;
    }
}
