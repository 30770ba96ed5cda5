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

/** How content is coded on its way (RFC 9110 §8.4.1), and the choice between the codings. */
public enum ContentCoding {
    /** As it is. */
    IDENTITY,
    GZIP;

    private static final String ANY = "*";
    private static final Pattern ELEMENT = Pattern.compile("(?<coding>[!#$%&'*+.^_`|~0-9A-Za-z-]++)"
            + "(?:[ \\t]*+;[ \\t]*+[qQ]=(?<weight>0(?:\\.\\d{0,3})?|1(?:\\.0{0,3})?))?");

    /**
     * The coding that a client prefers (RFC 9110 §12.5.3). Without the header it may be any, and is identity if there
     * is one. What the header does not mention is refused, but for identity, which is then better than nothing. Of
     * equal weight gzip wins if the client has named it; a client that said {@code *} and no more gets identity, which
     * each can read. An element that cannot be read is ignored; of elements for the same coding the first counts.
     *
     * @param acceptEncodingLines the lines of {@code Accept-Encoding}; none if it is absent
     * @param available what the server has
     * @return nothing if the client refuses all that is available: 406, or what is available nevertheless
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

    /** As {@code Content-Encoding} names it. */
    public String token() {
        return name().toLowerCase(Locale.ROOT);
    }
}
