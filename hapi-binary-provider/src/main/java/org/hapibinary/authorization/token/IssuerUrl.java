/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import java.net.URI;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which URLs of an OAuth server can be trusted to lead to it: who can change the traffic makes keys and callers. */
final class IssuerUrl {

    private static final Pattern LOOPBACK =
            Pattern.compile("(.+\\.)?localhost|127(\\.\\d{1,3}){3}|\\[(::1|(0{1,4}:){7}0{0,3}1)]");

    private IssuerUrl() {}

    /** Whether this is an absolute HTTP URL with a host. */
    static boolean isHttp(URI uri) {
        return uri.getHost() != null && ("http".equals(scheme(uri)) || "https".equals(scheme(uri)));
    }

    /** Whether it needs TLS and has none: {@code http} to another host than the loopback interface. */
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
