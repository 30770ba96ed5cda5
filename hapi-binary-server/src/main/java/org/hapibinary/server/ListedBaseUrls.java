/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import ca.uhn.fhir.rest.server.IServerAddressStrategy;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The base URL of a request is the listed one that it came to, and the main one if it came to none of them: no header
 * can name a base that the operator has not. What the request came to is what the container says, which heeds {@code
 * Forwarded} headers only where the operator trusts a proxy.
 */
final class ListedBaseUrls implements IServerAddressStrategy {

    private final String main;
    private final Map<Origin, String> byOrigin = new HashMap<>();

    /** @param baseUrls without slashes at their ends; the main one is the first */
    ListedBaseUrls(List<String> baseUrls) {
        main = baseUrls.get(0);
        baseUrls.forEach(url -> byOrigin.putIfAbsent(Origin.of(URI.create(url)), url));
    }

    @Override
    public String determineServerBase(@Nullable ServletContext context, @Nullable HttpServletRequest request) {
        return request == null ? main : byOrigin.getOrDefault(Origin.of(request), main);
    }

    private record Origin(String scheme, String host, int port) {

        static Origin of(URI url) {
            return of(String.valueOf(url.getScheme()), String.valueOf(url.getHost()), url.getPort());
        }

        static Origin of(HttpServletRequest request) {
            return of(request.getScheme(), String.valueOf(request.getServerName()), request.getServerPort());
        }

        private static Origin of(String scheme, String host, int port) {
            String lowerCase = scheme.toLowerCase(Locale.ROOT);
            int standardPort = lowerCase.equals("https") ? 443 : 80;
            return new Origin(lowerCase, host.toLowerCase(Locale.ROOT), port < 0 ? standardPort : port);
        }
    }
}
