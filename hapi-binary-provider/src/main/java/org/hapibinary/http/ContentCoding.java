/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.http;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The content codings (RFC 9110 §8.4.1), and how to choose one. */
public enum ContentCoding {
    /** No coding. */
    IDENTITY,
    GZIP;

    private static final String ANY = "*";
    private static final Pattern ELEMENT = Pattern.compile("(?<coding>[!#$%&'*+.^_`|~0-9A-Za-z-]++)"
            + "(?:[ \\t]*+;[ \\t]*+[qQ]=(?<weight>0(?:\\.\\d{0,3})?|1(?:\\.0{0,3})?))?");

    /**
     * Chooses the coding that a client prefers (RFC 9110 §12.5.3). Without the header, any coding is acceptable, and
     * identity is chosen if it is available. A coding that the header does not mention is refused, except identity,
     * which is the last resort. Of equal weights, gzip wins if the client has named it; a client that sends only {@code
     * *} gets identity, which every client can read. Unreadable elements are ignored; of several elements for the same
     * coding, the first counts.
     *
     * @param acceptEncodingLines the lines of {@code Accept-Encoding}; empty if it is absent
     * @param available the codings that the server has
     * @return empty if the client refuses all available codings; the caller answers 406, or sends one nevertheless
     */
    public static Optional<ContentCoding> choose(List<String> acceptEncodingLines, Set<ContentCoding> available) {
        Map<String, Double> weights = weights(acceptEncodingLines);
        double any = weights.getOrDefault(ANY, 0.0);
        double gzip = weights.getOrDefault(GZIP.token(), any);
        double identity = weights.getOrDefault(IDENTITY.token(), any);
        boolean identityIsMentioned = weights.containsKey(IDENTITY.token()) || weights.containsKey(ANY);

        boolean mayBeGzip = available.contains(GZIP) && (gzip > 0 || acceptEncodingLines.isEmpty());
        boolean mayBeIdentity = available.contains(IDENTITY) && (identity > 0 || !identityIsMentioned);
        if (mayBeGzip && mayBeIdentity) {
            boolean prefersGzip = weights.containsKey(GZIP.token()) ? gzip >= identity : gzip > identity;
            return Optional.of(prefersGzip ? GZIP : IDENTITY);
        }
        if (mayBeGzip) {
            return Optional.of(GZIP);
        }
        return mayBeIdentity ? Optional.of(IDENTITY) : Optional.empty();
    }

    private static Map<String, Double> weights(List<String> acceptEncodingLines) {
        Map<String, Double> weights = new HashMap<>();
        for (String element : HeaderList.elements(acceptEncodingLines)) {
            Matcher matcher = ELEMENT.matcher(element);
            if (matcher.matches()) {
                String weight = matcher.group("weight");
                weights.putIfAbsent(
                        canonical(matcher.group("coding")), weight == null ? 1.0 : Double.parseDouble(weight));
            }
        }
        return weights;
    }

    /** {@code x-gzip} is an old name of gzip (RFC 9110 §8.4.1.3). */
    private static String canonical(String coding) {
        String token = coding.toLowerCase(Locale.ROOT);
        return token.equals("x-gzip") ? GZIP.token() : token;
    }

    /** The name in {@code Content-Encoding}. */
    public String token() {
        return name().toLowerCase(Locale.ROOT);
    }
}
