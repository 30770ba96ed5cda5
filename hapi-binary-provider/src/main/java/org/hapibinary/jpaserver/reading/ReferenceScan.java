/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.function.Consumer;

/**
 * Finds the literal references in a resource's JSON as HAPI writes it, without parsing it. The text {@code
 * "reference":"} cannot occur within a string, where its quotation marks would be escaped: it is always a key and the
 * beginning of its value.
 */
final class ReferenceScan {

    private static final String KEY = "\"reference\":\"";

    /** The maximum length of a reference; a longer one cannot refer to a resource of the server. */
    private static final int LONGEST = 1_000;

    /** How many bytes of a text in UTF-8 are searched at a time, so that a large text is not copied as a whole. */
    private static final int WINDOW = 64 * 1024;

    /** A reference that begins in a window ends at most so many bytes after it. */
    private static final int OVERLAP = KEY.length() + LONGEST + 1;

    private ReferenceScan() {}

    /** @param found receives each value, including repetitions */
    static void in(String json, Consumer<String> found) {
        in(json, json.length(), found);
    }

    /**
     * As {@link #in(String, Consumer)}, for text in UTF-8. It does not decode characters outside ASCII: ids have none.
     *
     * @param from the position at which to begin
     */
    static void in(byte[] json, int from, Consumer<String> found) {
        for (int start = from; start < json.length; start += WINDOW) {
            int length = Math.min(WINDOW + OVERLAP, json.length - start);
            in(new String(json, start, length, ISO_8859_1), WINDOW, found);
        }
    }

    /** @param end the position before which a reference must begin */
    private static void in(String text, int end, Consumer<String> found) {
        int key = text.indexOf(KEY);
        while (key >= 0 && key < end) {
            int from = key + KEY.length();
            int to = text.indexOf('"', from);
            if (to < 0) {
                return;
            }
            if (to - from <= LONGEST) {
                found.accept(text.substring(from, to));
            }
            key = text.indexOf(KEY, to);
        }
    }
}
