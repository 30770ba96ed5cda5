/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.operator;

import java.util.ArrayDeque;
import java.util.Deque;

/** Writes HTML. Texts and the values of attributes are escaped; names of elements and attributes are the page's own. */
final class Html {

    private final StringBuilder out = new StringBuilder();
    private final Deque<String> open = new ArrayDeque<>();

    /**
     * @param attributes names and values in turns; a name that ends with {@code ?} stands alone if its value is true
     */
    Html open(String element, String... attributes) {
        start(element, attributes);
        open.push(element);
        return this;
    }

    Html close() {
        out.append("</").append(open.pop()).append('>');
        return this;
    }

    Html close(int elements) {
        for (int i = 0; i < elements; i++) {
            close();
        }
        return this;
    }

    /** An element without content, such as an input. */
    Html empty(String element, String... attributes) {
        start(element, attributes);
        return this;
    }

    Html element(String element, String text, String... attributes) {
        return open(element, attributes).text(text).close();
    }

    Html text(String text) {
        out.append(escaped(text));
        return this;
    }

    /** @param constant the content of a style or a script, which has no end tag in it */
    Html verbatim(String constant) {
        out.append(constant);
        return this;
    }

    private void start(String element, String... attributes) {
        out.append('<').append(element);
        for (int i = 0; i + 1 < attributes.length; i += 2) {
            String name = attributes[i];
            if (!name.endsWith("?")) {
                out.append(' ')
                        .append(name)
                        .append("=\"")
                        .append(escaped(attributes[i + 1]))
                        .append('"');
            } else if (Boolean.parseBoolean(attributes[i + 1])) {
                out.append(' ').append(name, 0, name.length() - 1);
            }
        }
        out.append('>');
    }

    /** Control characters, which browsers may take for something else, are shown as what they are not: a sign. */
    static String escaped(String text) {
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '&' -> escaped.append("&amp;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.append(Character.isISOControl(c) && c != '\n' && c != '\t' ? '\uFFFD' : c);
            }
        }
        return escaped.toString();
    }

    @Override
    public String toString() {
        return out.toString();
    }
}
