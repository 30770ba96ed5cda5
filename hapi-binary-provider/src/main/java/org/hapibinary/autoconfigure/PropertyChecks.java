/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.ConfigurableEnvironment;

/** Finds what is missing, wrong or misspelt in the properties before HAPI starts, which takes its time. */
final class PropertyChecks implements BeanFactoryPostProcessor {

    private static final String PREFIX = "hapi.binary";

    private final ConfigurableEnvironment environment;
    private final String defaultCallerResolver;

    PropertyChecks(ConfigurableEnvironment environment, String defaultCallerResolver) {
        this.environment = environment;
        this.defaultCallerResolver = defaultCallerResolver;
    }

    @Override
    public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
        refuseUnknown(beanFactory);
        HapiBinaryProperties properties = Binder.get(environment).bindOrCreate(PREFIX, HapiBinaryProperties.class);
        properties.storage().check();
        properties.clientList();
        properties.download().validity(properties.storage().mode());
        requireNotEmpty("hapi.binary.authorization.unlisted-clients", "allow or deny");
        if (properties.storage().mode() == StorageProperties.Mode.FILESYSTEM) {
            // here already: HAPI takes its time to start
            StorageConfiguration.filesystem(properties.storage().filesystem().directory());
        }
        if (beanFactory.containsBeanDefinition(defaultCallerResolver)) {
            properties.trustedIssuers();
        }
    }

    /**
     * Ours are known, and those that another part of the server has below the same prefix or one that begins like it.
     */
    private void refuseUnknown(ConfigurableListableBeanFactory beanFactory) {
        PropertyNames names = new PropertyNames();
        Set<String> prefixes = new LinkedHashSet<>(List.of(PREFIX));
        names.add(PREFIX, HapiBinaryProperties.class);
        for (String bean : beanFactory.getBeanDefinitionNames()) {
            ConfigurationProperties annotation =
                    beanFactory.findAnnotationOnBean(bean, ConfigurationProperties.class, false);
            if (annotation != null && (annotation.prefix().replace('-', '.') + ".").startsWith(PREFIX + ".")) {
                Class<?> type = beanFactory.getType(bean, false);
                if (type != null) {
                    names.add(annotation.prefix(), type);
                    prefixes.add(annotation.prefix());
                }
            }
        }
        new UnknownProperties(prefixes, names).refuse(environment.getPropertySources());
    }

    /** Spring Boot takes an empty value for none. */
    private void requireNotEmpty(String property, String allowed) {
        String value = Binder.get(environment).bind(property, String.class).orElse(null);
        if (value != null && value.isBlank()) {
            throw new InvalidPropertyException(property, "empty", "must be " + allowed);
        }
    }
}
