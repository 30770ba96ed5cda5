/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import ca.uhn.fhir.rest.server.RestfulServer;
import org.hapibinary.jpaserver.ExportProvider;
import org.hapibinary.jpaserver.JpaExports;
import org.hapibinary.plugin.Plugin;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;

/** Puts the plugin's parts onto the host's RestfulServer as soon as that is ready, after the host's own. */
final class RestfulServerRegistrar implements BeanPostProcessor {

    private final ObjectProvider<Plugin> plugin;
    private final ObjectProvider<JpaExports> exports;

    RestfulServerRegistrar(ObjectProvider<Plugin> plugin, ObjectProvider<JpaExports> exports) {
        this.plugin = plugin;
        this.exports = exports;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        if (bean instanceof RestfulServer server) {
            plugin.getObject().fhir().registerOn(server);
            ExportProvider provider = exports.getObject().provider();
            provider.replaceHapisOn(server);
            server.registerInterceptor(provider);
        }
        return bean;
    }
}
