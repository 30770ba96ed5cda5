/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability;

import ca.uhn.fhir.rest.server.ServletRequestTracing;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Assigns an id to each request: the client's {@code X-Request-ID} if it is harmless, otherwise a new one. HAPI reads
 * it from the request and returns it; every log line of the request has it as {@value #MDC_KEY}.
 */
public final class RequestIdFilter implements Filter {

    static final String MDC_KEY = "requestId";

    private static final Pattern HARMLESS = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        String proposed = request instanceof HttpServletRequest http ? http.getHeader("X-Request-ID") : null;
        String id = isHarmless(proposed) ? proposed : UUID.randomUUID().toString();
        request.setAttribute(ServletRequestTracing.ATTRIBUTE_REQUEST_ID, id);
        MDC.put(MDC_KEY, id);
        try {
            chain.doFilter(request, response);
        } finally {
            MDC.remove(MDC_KEY);
        }
    }

    private static boolean isHarmless(@Nullable String id) {
        return id != null && HARMLESS.matcher(id).matches();
    }
}
