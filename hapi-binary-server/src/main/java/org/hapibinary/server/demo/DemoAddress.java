/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.demo;

import java.net.InetAddress;
import org.hapibinary.autoconfigure.InvalidPropertyException;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/** Requires a loopback address for the demo, because the secrets of its clients are public. */
final class DemoAddress implements BeanFactoryPostProcessor {

    private final Environment environment;

    DemoAddress(Environment environment) {
        this.environment = environment;
    }

    @Override
    public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
        InetAddress address = Binder.get(environment)
                .bind("server.address", InetAddress.class)
                .orElse(null);
        if (address == null || !address.isLoopbackAddress()) {
            throw new InvalidPropertyException(
                    "server.address",
                    environment.getProperty("server.address"),
                    "must be a loopback address, such as 127.0.0.1, with the profile demo, whose clients and secrets"
                            + " are public");
        }
    }
}
