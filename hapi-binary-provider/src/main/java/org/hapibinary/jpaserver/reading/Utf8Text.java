/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.stream.Stream;

/** Searches text in UTF-8 without decoding it: in UTF-8 no character's bytes occur within another's. */
final class Utf8Text {

    /**
     * How many bytes are copied at a time into a string with one character for each byte, in which the JVM searches
     * fast.
     */
    private static final int WINDOW = 64 * 1024;

    private static final int LONGEST = 256;

    private Utf8Text() {}

    /** Prepares search texts, of at most {@value #LONGEST} bytes each. */
    static List<String> parts(Stream<String> texts) {
        return texts.map(text -> new String(text.getBytes(UTF_8), ISO_8859_1)).toList();
    }

    /** @param parts from {@link #parts} */
    static boolean containsAny(byte[] text, List<String> parts) {
        for (int from = 0; from < text.length; from += WINDOW) {
            String window = new String(text, from, Math.min(WINDOW + LONGEST, text.length - from), ISO_8859_1);
            for (String part : parts) {
                if (window.contains(part)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** @param beginning in ASCII */
    static boolean startsWith(byte[] text, String beginning) {
        return text.length >= beginning.length()
                && new String(text, 0, beginning.length(), ISO_8859_1).equals(beginning);
    }
}
