/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.operator;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.security.Principal;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/**
 * What Actuator does not tell an operation of the request. Nothing of it is there when an operation is called by other
 * means than HTTP, such as JMX.
 */
final class OperatorRequest {

    private static final Set<String> OWN_SITE = Set.of("same-origin", "none");

    private final @Nullable HttpServletRequest request;
    private final @Nullable HttpServletResponse response;

    private OperatorRequest(@Nullable HttpServletRequest request, @Nullable HttpServletResponse response) {
        this.request = request;
        this.response = response;
    }

    static OperatorRequest current() {
        return RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes attributes
                ? new OperatorRequest(attributes.getRequest(), attributes.getResponse())
                : new OperatorRequest(null, null);
    }

    /** Who sends it, as Spring Security or the container knows; it asks nobody where neither has been told to. */
    String operator() {
        Principal user = request == null ? null : request.getUserPrincipal();
        return user == null || user.getName() == null ? "operator" : user.getName();
    }

    /**
     * Nobody is asked for a token here, so that a page from elsewhere in the operator's browser must not act in the
     * operator's place. A browser says in a header where a request comes from; an old one at least names the page's
     * origin.
     */
    OperatorRequest requireOwnSite() {
        if (request != null && !isOfOwnSite(request)) {
            throw new InvalidEndpointRequestException(
                    "A page of another site has sent this", "Actions of pages of other sites are refused");
        }
        return this;
    }

    private static boolean isOfOwnSite(HttpServletRequest request) {
        String site = request.getHeader("Sec-Fetch-Site");
        if (site != null) {
            return OWN_SITE.contains(site);
        }
        String origin = request.getHeader("Origin");
        return origin == null || isHost(origin, String.valueOf(request.getHeader("Host")));
    }

    private static boolean isHost(String origin, String host) {
        try {
            return host.equalsIgnoreCase(URI.create(origin).getAuthority());
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** The last segment of the endpoint's own path, which an operator can change. */
    String endpointName(int segmentsBelow) {
        if (request == null) {
            return "hapibinary";
        }
        String path = request.getRequestURI();
        for (int i = 0; i < segmentsBelow; i++) {
            path = path.substring(0, Math.max(path.lastIndexOf('/'), 0));
        }
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** Headers of a page: nobody may frame it, keep it, or learn by a link where the operator comes from. */
    void protectPage() {
        if (response != null) {
            response.setHeader("Content-Security-Policy", "frame-ancestors 'none'");
            response.setHeader("X-Frame-Options", "DENY");
            response.setHeader("X-Content-Type-Options", "nosniff");
            response.setHeader("Referrer-Policy", "no-referrer");
            response.setHeader("Cache-Control", "no-store");
        }
    }
}
