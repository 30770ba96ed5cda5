/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.http;

import com.google.common.escape.Escaper;
import com.google.common.net.PercentEscaper;
import java.text.Normalizer;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The file name that a download proposes to the client (RFC 6266). Names come from the authors of resources, so this
 * class makes them harmless: one line, no path separators, no invisible characters.
 *
 * <p>Spring's class of that name is not used: it gives non-ASCII names an RFC 2047 encoded word as fallback, which
 * RFC 6266 does not know and clients would show as it is. The table of spellings stays, because Unicode's decomposition
 * knows none for these letters: a client that reads {@code filename} only still gets a readable name.
 */
public final class ContentDisposition {

    private static final int LONGEST_NAME = 200;
    private static final int LONGEST_EXTENSION = 20;
    private static final String NAMELESS = "file";

    /**
     * Control characters except white space, and format characters, such as those that change the writing direction.
     */
    private static final Pattern INVISIBLE = Pattern.compile("[\\p{Cc}\\p{Cf}&&[^\\t-\\r\\x85]]");

    private static final Pattern WHITESPACE = Pattern.compile("[\\t-\\r\\x85\\p{Z}]+");
    /** Separators of folders, drives and streams; and unpaired surrogates, which UTF-8 cannot encode. */
    private static final Pattern SEPARATORS = Pattern.compile("[/\\\\:\\p{Cs}]");

    private static final Pattern DOTS = Pattern.compile("\\.{2,}");
    /** A leading dot hides a file, and Windows drops trailing dots and spaces. */
    private static final Pattern EDGES = Pattern.compile("^[ .]+|[ .]+$");

    private static final Pattern MARKS = Pattern.compile("\\p{M}+");
    private static final String UNKNOWN = "_";
    /** Letters that Unicode does not decompose into an ASCII letter and marks. */
    private static final Map<Integer, String> ASCII_SPELLINGS = Map.ofEntries(
            Map.entry((int) 'ß', "ss"),
            Map.entry((int) 'ẞ', "SS"),
            Map.entry((int) 'æ', "ae"),
            Map.entry((int) 'Æ', "AE"),
            Map.entry((int) 'œ', "oe"),
            Map.entry((int) 'Œ', "OE"),
            Map.entry((int) 'ø', "o"),
            Map.entry((int) 'Ø', "O"),
            Map.entry((int) 'ł', "l"),
            Map.entry((int) 'Ł', "L"),
            Map.entry((int) 'đ', "d"),
            Map.entry((int) 'Đ', "D"),
            Map.entry((int) 'ð', "d"),
            Map.entry((int) 'Ð', "D"),
            Map.entry((int) 'þ', "th"),
            Map.entry((int) 'Þ', "Th"),
            Map.entry((int) 'ı', "i"),
            Map.entry((int) '‐', "-"),
            Map.entry((int) '–', "-"),
            Map.entry((int) '—', "-"),
            Map.entry((int) '‘', "'"),
            Map.entry((int) '’', "'"),
            Map.entry((int) '“', "'"),
            Map.entry((int) '”', "'"),
            Map.entry((int) '"', "'"),
            Map.entry((int) '%', UNKNOWN),
            Map.entry((int) '?', UNKNOWN));

    /** Encodes everything but the attribute characters of RFC 8187. */
    private static final Escaper ATTRIBUTE_VALUE = new PercentEscaper("!#$&+-.^_`|~", false);

    private ContentDisposition() {}

    /**
     * The header's value for content to save. If the name cannot be sent as it is, the header has two: an ASCII
     * spelling in {@code filename}, and the name itself in {@code filename*} (RFC 8187). This includes names with
     * quotes, percent signs or question marks, which clients interpret differently in {@code filename} (RFC 6266,
     * appendix D).
     *
     * @param name any text, without its folder; shortened to 200 characters, including the extension
     */
    public static String attachment(String name) {
        String harmless = harmless(name);
        String ascii = harmless(asciiSpelling(harmless));
        String header = "attachment; filename=\"" + ascii + '"';
        return ascii.equals(harmless) ? header : header + "; filename*=UTF-8''" + ATTRIBUTE_VALUE.escape(harmless);
    }

    private static String harmless(String text) {
        String visible = INVISIBLE.matcher(text).replaceAll("");
        String oneLine = WHITESPACE.matcher(visible).replaceAll(" ");
        String oneSegment = SEPARATORS.matcher(oneLine).replaceAll(UNKNOWN);
        String name = trimmed(shortened(DOTS.matcher(oneSegment).replaceAll(".")));
        return name.isEmpty() ? NAMELESS : name;
    }

    private static String trimmed(String name) {
        return EDGES.matcher(name).replaceAll("");
    }

    private static String shortened(String name) {
        if (name.length() <= LONGEST_NAME) {
            return name;
        }
        int dot = name.lastIndexOf('.');
        String extension = dot >= name.length() - LONGEST_EXTENSION ? name.substring(dot) : "";
        int end = LONGEST_NAME - extension.length();
        if (Character.isHighSurrogate(name.charAt(end - 1))) {
            end--;
        }
        return trimmed(name.substring(0, end)) + extension;
    }

    /** Returns an ASCII spelling, which may contain new separators: a full-width slash becomes a slash, for example. */
    private static String asciiSpelling(String name) {
        String letters =
                MARKS.matcher(Normalizer.normalize(name, Normalizer.Form.NFKD)).replaceAll("");
        StringBuilder ascii = new StringBuilder();
        letters.codePoints()
                .forEach(
                        c -> ascii.append(ASCII_SPELLINGS.getOrDefault(c, c < 0x80 ? Character.toString(c) : UNKNOWN)));
        return ascii.toString();
    }
}
