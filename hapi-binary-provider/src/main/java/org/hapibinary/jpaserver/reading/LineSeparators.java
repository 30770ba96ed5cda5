/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;

/**
 * Escapes line separators that JSON allows within a string and that many line splitters treat as the end of a line: NEL
 * (U+0085), LINE SEPARATOR (U+2028) and PARAGRAPH SEPARATOR (U+2029). It writes them as JSON escapes (RFC 8259 §7).
 */
final class LineSeparators {

    private static final char NEL = '\u0085';
    private static final char LINE = '\u2028';
    private static final char PARAGRAPH = '\u2029';

    /** The length of a JSON escape. */
    private static final int ESCAPED = 6;

    private static final List<String> IN_UTF_8 =
            Utf8Text.parts(Stream.of(NEL, LINE, PARAGRAPH).map(String::valueOf));

    private LineSeparators() {}

    /** @return the same instance if the text has none */
    static String escape(String json) {
        if (json.indexOf(NEL) < 0 && json.indexOf(LINE) < 0 && json.indexOf(PARAGRAPH) < 0) {
            return json;
        }
        StringBuilder escaped = new StringBuilder(json.length() + 64);
        for (int i = 0; i < json.length(); i++) {
            char character = json.charAt(i);
            if (character == NEL || character == LINE || character == PARAGRAPH) {
                escaped.append(escape(character));
            } else {
                escaped.append(character);
            }
        }
        return escaped.toString();
    }

    /**
     * As {@link #escape(String)}, for text in UTF-8.
     *
     * @return the same array if the text has none
     */
    static byte[] escape(byte[] json) {
        if (!Utf8Text.containsAny(json, IN_UTF_8)) {
            return json;
        }
        int length = json.length;
        for (int i = 0; i < json.length; i++) {
            int separator = separatorAt(json, i);
            length += separator == 0 ? 0 : ESCAPED - separator;
        }
        ByteBuffer escaped = ByteBuffer.allocate(length);
        int from = 0;
        for (int i = 0; i < json.length; i++) {
            int separator = separatorAt(json, i);
            if (separator > 0) {
                char character = new String(json, i, separator, UTF_8).charAt(0);
                escaped.put(json, from, i - from).put(escape(character).getBytes(UTF_8));
                from = i + separator;
            }
        }
        escaped.put(json, from, json.length - from);
        return escaped.array();
    }

    /** The length in bytes of the separator that begins at a position; 0 if none does. */
    private static int separatorAt(byte[] json, int position) {
        byte first = json[position];
        if (first == (byte) 0xc2) {
            return position + 1 < json.length && json[position + 1] == (byte) 0x85 ? 2 : 0;
        }
        boolean isOther = first == (byte) 0xe2
                && position + 2 < json.length
                && json[position + 1] == (byte) 0x80
                && (json[position + 2] == (byte) 0xa8 || json[position + 2] == (byte) 0xa9);
        return isOther ? 3 : 0;
    }

    private static String escape(char separator) {
        return String.format("\\u%04x", (int) separator);
    }
}
