/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/** Finds what is missing or wrong in the properties before HAPI starts, which takes its time. */
final class PropertyChecks implements BeanFactoryPostProcessor {

    private final Environment environment;
    private final String defaultCallerResolver;

    PropertyChecks(Environment environment, String defaultCallerResolver) {
        this.environment = environment;
        this.defaultCallerResolver = defaultCallerResolver;
    }

    @Override
    public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
        HapiBinaryProperties properties =
                Binder.get(environment).bindOrCreate("hapi.binary", HapiBinaryProperties.class);
        properties.storage().check();
        if (properties.storage().mode() == HapiBinaryProperties.Storage.Mode.FILESYSTEM) {
            // here already: HAPI takes its time to start
            HapiBinaryAutoConfiguration.filesystem(
                    properties.storage().filesystem().directory());
        }
        if (beanFactory.containsBeanDefinition(defaultCallerResolver)) {
            properties.trustedIssuers();
            properties.introspectionEndpoint();
        }
    }
}
