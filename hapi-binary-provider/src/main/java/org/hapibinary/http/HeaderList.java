/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.http;

import com.google.common.base.CharMatcher;
import java.util.ArrayList;
import java.util.List;

/** Splits headers whose value is a list (RFC 9110 §5.6.1), without interpreting the elements. */
final class HeaderList {

    private static final CharMatcher OPTIONAL_WHITESPACE = CharMatcher.anyOf(" \t");

    private HeaderList() {}

    /**
     * The elements of all lines in their order, without surrounding white space and without empty ones. A comma between
     * quotes does not separate elements. An unclosed quotation extends to the end of its line, but not to the next
     * line.
     */
    static List<String> elements(List<String> lines) {
        List<String> elements = new ArrayList<>();
        for (String line : lines) {
            int start = 0;
            boolean quoted = false;
            for (int i = 0; i < line.length(); i++) {
                char c = line.charAt(i);
                if (c == '"') {
                    quoted = !quoted;
                } else if (c == ',' && !quoted) {
                    add(line.substring(start, i), elements);
                    start = i + 1;
                }
            }
            add(line.substring(start), elements);
        }
        return elements;
    }

    private static void add(String element, List<String> elements) {
        String trimmed = trim(element);
        if (!trimmed.isEmpty()) {
            elements.add(trimmed);
        }
    }

    /** Removes surrounding spaces and tabs, the optional white space of HTTP (RFC 9110 §5.6.3), and nothing else. */
    static String trim(String value) {
        return OPTIONAL_WHITESPACE.trimFrom(value);
    }
}
