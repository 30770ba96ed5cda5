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
 * Determines the base URL of a request: the listed one to which it was sent, or the main one if it was sent to none of
 * them, so that no header can introduce another base. The container determines where the request was sent to; it uses
 * {@code Forwarded} headers only if the operator trusts a proxy.
 */
final class ListedBaseUrls implements IServerAddressStrategy {

    private final String main;
    private final Map<Origin, String> byOrigin = new HashMap<>();

    /** @param baseUrls the base URLs without slashes at their ends, the main one first */
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
