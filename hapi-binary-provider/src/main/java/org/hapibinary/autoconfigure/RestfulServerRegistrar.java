/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import ca.uhn.fhir.rest.server.RestfulServer;
import org.hapibinary.jpaserver.kickoff.ExportProvider;
import org.hapibinary.plugin.ServerParts;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;

/** Puts the plugin's parts onto the host's RestfulServer as soon as that is ready, after the host's own. */
final class RestfulServerRegistrar implements BeanPostProcessor {

    private final ObjectProvider<ServerParts> parts;
    private final ObjectProvider<ExportProvider> exports;

    RestfulServerRegistrar(ObjectProvider<ServerParts> parts, ObjectProvider<ExportProvider> exports) {
        this.parts = parts;
        this.exports = exports;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        if (bean instanceof RestfulServer server) {
            parts.getObject().registerOn(server);
            ExportProvider provider = exports.getObject();
            provider.replaceHapisOn(server);
            server.registerInterceptor(provider);
        }
        return bean;
    }
}
