/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.function.Consumer;

/**
 * Finds the literal references in a resource's JSON as HAPI writes it, without parsing it. The quotation marks of
 * {@code "reference":"} are never within a string, where they are escaped: it is always a key and the beginning of its
 * value.
 */
final class ReferenceScan {

    private static final String KEY = "\"reference\":\"";

    /** A longer one refers to nothing that a server has. */
    private static final int LONGEST = 1_000;

    /** So much of a text in UTF-8 is looked at a time; a large one is not copied whole. */
    private static final int WINDOW = 64 * 1024;

    /** What begins in a window is whole within this many bytes after it. */
    private static final int OVERLAP = KEY.length() + LONGEST + 1;

    private ReferenceScan() {}

    /** @param found takes each value, as often as it is there */
    static void in(String json, Consumer<String> found) {
        in(json, json.length(), found);
    }

    /**
     * The same for text in UTF-8. What is not ASCII in a value is not decoded: ids are ASCII.
     *
     * @param from where to begin
     */
    static void in(byte[] json, int from, Consumer<String> found) {
        for (int start = from; start < json.length; start += WINDOW) {
            int length = Math.min(WINDOW + OVERLAP, json.length - start);
            in(new String(json, start, length, ISO_8859_1), WINDOW, found);
        }
    }

    /** @param end of what may begin here */
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
