/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

/**
 * The line separators that JSON allows within a string and that many line splitters take for the end of a line: NEL
 * (U+0085), LINE SEPARATOR (U+2028) and PARAGRAPH SEPARATOR (U+2029). They are written as JSON escapes (RFC 8259 §7).
 */
final class LineSeparators {

    private static final char NEL = '\u0085';
    private static final char LINE = '\u2028';
    private static final char PARAGRAPH = '\u2029';

    private LineSeparators() {}

    /** @return the same text if it has none */
    static String escape(String json) {
        if (json.indexOf(NEL) < 0 && json.indexOf(LINE) < 0 && json.indexOf(PARAGRAPH) < 0) {
            return json;
        }
        StringBuilder escaped = new StringBuilder(json.length() + 64);
        for (int i = 0; i < json.length(); i++) {
            char character = json.charAt(i);
            if (character == NEL || character == LINE || character == PARAGRAPH) {
                escaped.append(String.format("\\u%04x", (int) character));
            } else {
                escaped.append(character);
            }
        }
        return escaped.toString();
    }
}
