/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.operator;

import com.google.common.net.InetAddresses;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.security.Principal;
import java.util.List;
import java.util.Locale;
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

    /** Domains that nobody can register (RFC 6761, RFC 6762, ICANN's resolution on private use). */
    private static final List<String> PRIVATE_DOMAINS = List.of(".localhost", ".local", ".internal");

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

    /**
     * A page from elsewhere can have its own name resolve to this server (DNS rebinding); for the browser it is then of
     * this site. Its name is in the request. Whoever has logged in cannot be used that way.
     *
     * @param hosts the names, in lower case, under which operators know the server, beside addresses and names that
     *     mean something in their network only
     */
    OperatorRequest requireKnownHost(Set<String> hosts) {
        if (request != null && request.getUserPrincipal() == null) {
            String host = request.getServerName().toLowerCase(Locale.ROOT);
            if (!hosts.contains(host) && !isPrivate(host)) {
                throw new InvalidEndpointRequestException(
                        "The name " + host + " is not in hapi.binary.operator.hosts",
                        "The server is not known under this name: see hapi.binary.operator.hosts");
            }
        }
        return this;
    }

    private static boolean isPrivate(String host) {
        return InetAddresses.isUriInetAddress(host)
                || InetAddresses.isInetAddress(host)
                || host.indexOf('.') < 0
                || PRIVATE_DOMAINS.stream().anyMatch(host::endsWith);
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
