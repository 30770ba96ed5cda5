/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.List;
import org.hapibinary.autoconfigure.InvalidPropertyException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.http.HttpHeaders;
import org.springframework.web.cors.CorsConfiguration;

/**
 * Which web pages may use the FHIR API from a browser (Fetch Standard, "CORS protocol"). Their scripts send the access
 * token themselves: cookies and other credentials of the browser are never allowed.
 *
 * @param allowedOrigins such as {@code https://app.example.org}; only {@code *} for all origins; empty if the server
 *     sends no CORS headers
 */
@ConfigurationProperties("hapi-binary-server.cors")
public record CrossOrigin(@DefaultValue List<String> allowedOrigins) {

    private static final String PROPERTY = "hapi-binary-server.cors.allowed-origins";
    private static final Duration PREFLIGHT_HOLDS = Duration.ofHours(1);

    public CrossOrigin {
        allowedOrigins = List.copyOf(allowedOrigins);
        for (String origin : allowedOrigins) {
            boolean isAll = origin.equals(CorsConfiguration.ALL) && allowedOrigins.size() == 1;
            if (!isAll && !isOrigin(origin)) {
                throw new InvalidPropertyException(
                        PROPERTY,
                        origin,
                        "must be scheme, host and port of a web page, such as https://app.example.org, or * alone");
            }
        }
    }

    private static boolean isOrigin(String origin) {
        try {
            URI url = new URI(origin);
            return ("https".equals(url.getScheme()) || "http".equals(url.getScheme()))
                    && url.getHost() != null
                    && (url.getScheme() + "://" + url.getRawAuthority()).equals(origin)
                    && url.getRawUserInfo() == null;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    boolean isOff() {
        return allowedOrigins.isEmpty();
    }

    /**
     * The CORS configuration for a request. A page that is not allowed gets the same answer without CORS headers, so
     * that the browser does not show it to the page.
     *
     * @return null for a page that is not allowed
     */
    @Nullable
    CorsConfiguration of(HttpServletRequest request) {
        CorsConfiguration configuration = new CorsConfiguration();
        configuration.setAllowedOrigins(allowedOrigins);
        configuration.setAllowedMethods(List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"));
        configuration.setAllowedHeaders(List.of(CorsConfiguration.ALL));
        configuration.setExposedHeaders(List.of(
                "Accept-Ranges",
                "Content-Disposition",
                "Content-Encoding",
                "Content-Length",
                "Content-Location",
                "Content-Range",
                "ETag",
                "Expires",
                "Last-Modified",
                "Location",
                "Repr-Digest",
                "Retry-After",
                "WWW-Authenticate",
                "X-Progress",
                "X-Request-ID"));
        configuration.setMaxAge(PREFLIGHT_HOLDS);
        return configuration.checkOrigin(request.getHeader(HttpHeaders.ORIGIN)) == null ? null : configuration;
    }
}
