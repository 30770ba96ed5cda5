/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A URL below the Binaries of this server: it points to a Binary, or it cannot be parsed.
 *
 * @param binaryId without the resource type; of a URL that cannot be parsed, all that follows the resource type, which
 *     is not a valid id
 * @param versionId null if the URL points to the current version
 */
record BinaryUrl(String binaryId, @Nullable String versionId) {

    /** A FHIR id has letters, digits, hyphens and dots (FHIR R4, "Primitive Types", id). */
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9\\-.]{1,64}");

    /** The scheme may be absent, in a reference relative to a base with a scheme (RFC 3986 §4.2). */
    private static final Pattern ABSOLUTE = Pattern.compile("(?i)(?:(https?):)?//([^/?#]*)(.*)", Pattern.DOTALL);

    /** Splits an URL into origin, path and rest. */
    private static final Pattern PATH = Pattern.compile("(?i)((?:https?:)?//[^/?#]*)?([^?#]*)(.*)", Pattern.DOTALL);

    private static final Pattern OTHER_SCHEME = Pattern.compile("(?i)(?!https?:)[a-z][a-z0-9+.-]*:.*", Pattern.DOTALL);

    /** Marks a path that is not normalized. */
    private static final Pattern ODD = Pattern.compile("^\\.|/\\.|(?<!^|:)//|%");

    private static final Pattern FOLDER = Pattern.compile("(^|/)\\.{0,2}$");

    /** Percent-encoded characters that mean the same without encoding. */
    private static final Pattern PLAIN =
            Pattern.compile("(?i)%(2[4DEF]|3[0-9]|4[1-9A-F]|5[0-9A]|5F|6[1-9A-F]|7[0-9AE])");

    /** The maximum length of an URL, in characters; no URL of this server is longer in any spelling. */
    private static final int LONGEST = 4_096;

    private static final Pattern PORT_OF_HTTP = Pattern.compile(":(80)?$");
    private static final Pattern PORT_OF_HTTPS = Pattern.compile(":(443)?$");

    private static final String BINARIES = "Binary/";

    private static final Pattern RELATIVE = Pattern.compile(BINARIES + "(" + ID
            + ")(?:/_history/([A-Za-z0-9\\-.]{1,64}))?(?:/\\$binary-access-read(?:\\?path=Binary(?:\\.data)?)?)?");

    /**
     * @param url relative or absolute, or an absolute path
     * @param bases the base URLs of this server, without a slash at their ends
     * @return empty if it points elsewhere
     */
    static Optional<BinaryUrl> of(String url, Collection<String> bases) {
        String path = withoutBase(url.strip(), bases);
        if (!path.startsWith(BINARIES)) {
            return Optional.empty();
        }
        Matcher relative = RELATIVE.matcher(path);
        return Optional.of(
                relative.matches()
                        ? new BinaryUrl(relative.group(1), relative.group(2))
                        : new BinaryUrl(path.substring(BINARIES.length()), null));
    }

    /** Whether it has been parsed, so that a Binary with this id can exist. */
    boolean isUnderstood() {
        return ID.matcher(binaryId).matches();
    }

    /**
     * Returns the part after the base, if the URL begins with one of these in any equivalent spelling of scheme, host,
     * port and path (RFC 3986 §6.2); otherwise the whole URL.
     */
    static String withoutBase(String given, Collection<String> bases) {
        String url = plain(given);
        for (String base : bases) {
            String start = normalized(base) + "/";
            String whole = normalized(resolved(url, base));
            if (whole.startsWith(start)) {
                return whole.substring(start.length());
            }
        }
        return url;
    }

    /**
     * Removes dot segments, empty segments and needless encoding from the path; a relative one may begin with two dots.
     */
    private static String plain(String url) {
        if (url.length() > LONGEST
                || !ODD.matcher(url).find()
                || OTHER_SCHEME.matcher(url).matches()) {
            return url;
        }
        Matcher parts = PATH.matcher(url);
        if (!parts.matches()) {
            return url;
        }
        String path = PLAIN.matcher(parts.group(2))
                .replaceAll(encoded ->
                        Matcher.quoteReplacement(Character.toString(Integer.parseInt(encoded.group(1), 16))));
        String beginning = parts.group(1) == null ? "" : parts.group(1);
        return beginning + withoutDots(path) + parts.group(3);
    }

    private static String withoutDots(String path) {
        boolean relative = !path.startsWith("/");
        Deque<String> segments = new ArrayDeque<>();
        for (String segment : path.split("/+", -1)) {
            if (!segment.equals("..")) {
                if (!segment.isEmpty() && !segment.equals(".")) {
                    segments.addLast(segment);
                }
            } else if (!segments.isEmpty() && !segments.getLast().equals("..")) {
                segments.removeLast();
            } else if (relative) {
                segments.addLast(segment);
            }
        }
        boolean isFolder = FOLDER.matcher(path).find();
        return (relative ? "" : "/") + String.join("/", segments) + (isFolder && !segments.isEmpty() ? "/" : "");
    }

    /** Adds the base's scheme or host if the URL lacks it; a path that is relative to the base stays relative. */
    private static String resolved(String url, String base) {
        if (url.startsWith("../")) {
            return plain(base + "/" + url);
        }
        Matcher absolute = ABSOLUTE.matcher(base);
        if (!url.startsWith("/") || !absolute.matches() || absolute.group(1) == null) {
            return url;
        }
        String scheme = absolute.group(1) + ":";
        return url.startsWith("//") ? scheme + url : scheme + "//" + absolute.group(2) + url;
    }

    private static String normalized(String url) {
        Matcher absolute = ABSOLUTE.matcher(url);
        if (!absolute.matches() || absolute.group(1) == null) {
            return url;
        }
        String scheme = absolute.group(1).toLowerCase(Locale.ROOT);
        Pattern defaultPort = scheme.equals("http") ? PORT_OF_HTTP : PORT_OF_HTTPS;
        String authority = absolute.group(2).toLowerCase(Locale.ROOT);
        return scheme + "://" + defaultPort.matcher(authority).replaceFirst("") + absolute.group(3);
    }
}
