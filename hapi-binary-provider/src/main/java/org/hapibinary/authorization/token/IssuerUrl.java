/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import java.net.URI;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Checks URLs of OAuth servers: without TLS, an attacker in the network could forge keys and callers. */
final class IssuerUrl {

    private static final Pattern LOOPBACK =
            Pattern.compile("(.+\\.)?localhost|127(\\.\\d{1,3}){3}|\\[(::1|(0{1,4}:){7}0{0,3}1)]");

    private IssuerUrl() {}

    /** Whether an URI is an absolute {@code http} or {@code https} URL with a host. */
    static boolean isHttp(URI uri) {
        return uri.getHost() != null && ("http".equals(scheme(uri)) || "https".equals(scheme(uri)));
    }

    /** Whether it is insecure: {@code http} to another host than the loopback interface. */
    static boolean isOpenToOthers(URI uri) {
        return "http".equals(scheme(uri)) && !isLoopback(uri.getHost());
    }

    private static @Nullable String scheme(URI uri) {
        return uri.getScheme() == null ? null : uri.getScheme().toLowerCase(Locale.ROOT);
    }

    private static boolean isLoopback(@Nullable String host) {
        return host != null && LOOPBACK.matcher(host.toLowerCase(Locale.ROOT)).matches();
    }
}
