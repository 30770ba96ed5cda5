/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A normalized {@code http} or {@code https} URL without query and fragment: scheme and host in lower case, an explicit
 * port, no unnecessary escapes, no dot segments (RFC 3986 §6.2.2 and §6.2.3). Equivalent URLs are equal.
 *
 * @param origin scheme, host and port
 * @param path begins with a slash
 */
record HttpAddress(String origin, String path) {

    private static final Pattern AUTHORITY = Pattern.compile("(?<host>\\[[^]]+]|[^:@\\[\\]]+)(:(?<port>\\d*))?");
    private static final Pattern ESCAPED = Pattern.compile("%([0-9A-Fa-f]{2})");

    /** The unreserved characters, and the dollar sign of operation names, which some clients escape. */
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9._~$-]");

    /** @throws URISyntaxException if it is not an absolute http or https URL, or contains user information */
    static HttpAddress of(String url) throws URISyntaxException {
        URI uri = new URI(url);
        String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
        Matcher authority = AUTHORITY.matcher(String.valueOf(uri.getRawAuthority()));
        if (uri.getRawAuthority() == null || !scheme.matches("https?") || !authority.matches()) {
            throw new URISyntaxException(url, "Neither http nor https, or no host");
        }
        String port = authority.group("port");
        String shownPort = port != null && !port.isEmpty() ? port : scheme.equals("https") ? "443" : "80";
        return new HttpAddress(
                scheme + "://" + authority.group("host").toLowerCase(Locale.ROOT) + ":" + shownPort,
                withoutDots(ESCAPED.matcher(uri.getRawPath()).replaceAll(HttpAddress::normalEscape)));
    }

    private static String normalEscape(MatchResult escape) {
        String character = String.valueOf((char) Integer.parseInt(escape.group(1), 16));
        return Matcher.quoteReplacement(
                PLAIN.matcher(character).matches() ? character : escape.group().toUpperCase(Locale.ROOT));
    }

    private static String withoutDots(String path) {
        Deque<String> segments = new ArrayDeque<>();
        String last = "";
        for (String segment : path.split("/", -1)) {
            last = segment;
            if (segment.equals("..")) {
                segments.pollLast();
            } else if (!segment.equals(".")) {
                segments.addLast(segment);
            }
        }
        if (last.equals(".") || last.equals("..")) {
            segments.addLast("");
        }
        String joined = String.join("/", segments);
        return joined.startsWith("/") ? joined : "/" + joined;
    }
}
