/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.export;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.IInterceptorService;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;

/**
 * Registers a hook that looks at each exported resource and includes it, and takes it away again, while the server
 * runs: with it resources have to be parsed.
 */
@Configuration(proxyBeanMethods = false)
@Profile(InclusionHookSwitch.PROFILE)
class InclusionHookSwitch {

    static final String PROFILE = "inclusion-hook-switch";

    private static final String PATH = "/inclusion-hook/";

    /** What to send a GET to. */
    static String path(boolean on) {
        return PATH + (on ? "on" : "off");
    }

    @Bean
    ServletRegistrationBean<HttpServlet> inclusionHookServlet(IInterceptorService jpaInterceptors) {
        IncludesAll hook = new IncludesAll();
        ServletRegistrationBean<HttpServlet> servlet = new ServletRegistrationBean<>(
                new HttpServlet() {
                    private static final long serialVersionUID = 1;

                    @Override
                    protected void doGet(HttpServletRequest request, HttpServletResponse response) {
                        jpaInterceptors.unregisterInterceptor(hook);
                        if (request.getRequestURI().equals(path(true))) {
                            jpaInterceptors.registerInterceptor(hook);
                        }
                    }
                },
                PATH + "*");
        servlet.setName("inclusionHook");
        return servlet;
    }

    /** Does nothing. */
    @Interceptor
    static final class IncludesAll {

        @Hook(Pointcut.STORAGE_BULK_EXPORT_RESOURCE_INCLUSION)
        public boolean include() {
            return true;
        }
    }
}
