/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.pattern.CompositeConverter;
import org.springframework.boot.context.event.ApplicationStartingEvent;
import org.springframework.context.ApplicationListener;

/**
 * Adds the conversion word {@code record} to the patterns of Logback, before Spring Boot sets up logging. What is in
 * {@code %record(…)} stays one record, whatever clients have sent and libraries quote of it: lines but the first begin
 * with two spaces and a bar, and control characters are question marks. {@code %replace} could do the same by regular
 * expressions, and took a sixth of the CPU time of a download, whose audit event is a record of 3,000 characters.
 */
class LogRecords implements ApplicationListener<ApplicationStartingEvent> {

    static final String WORD = "record";
    static final String CONTINUATION = "  | ";

    @Override
    public void onApplicationEvent(ApplicationStartingEvent event) {
        PatternLayout.DEFAULT_CONVERTER_SUPPLIER_MAP.put(WORD, Converter::new);
    }

    /** What {@code %record(…)} becomes. */
    static final class Converter extends CompositeConverter<ILoggingEvent> {

        private static final char LINE_SEPARATOR = 0x2028;
        private static final char PARAGRAPH_SEPARATOR = 0x2029;

        @Override
        protected String transform(ILoggingEvent event, String text) {
            for (int i = 0; i < text.length(); i++) {
                if (!isPlain(text, i)) {
                    return rewritten(text, i);
                }
            }
            return text;
        }

        private static String rewritten(String text, int firstToChange) {
            StringBuilder record = new StringBuilder(text.length() + 100).append(text, 0, firstToChange);
            for (int i = firstToChange; i < text.length(); i++) {
                char character = text.charAt(i);
                if (isPlain(text, i)) {
                    record.append(character);
                } else if (character == '\n') {
                    record.append(character).append(CONTINUATION);
                } else {
                    record.append('?');
                }
            }
            return record.toString();
        }

        private static boolean isPlain(String text, int index) {
            char character = text.charAt(index);
            boolean isLast = index == text.length() - 1;
            return switch (character) {
                case '\t' -> true;
                case '\n' -> isLast;
                case '\r' -> !isLast && text.charAt(index + 1) == '\n';
                case LINE_SEPARATOR, PARAGRAPH_SEPARATOR -> false;
                default -> !Character.isISOControl(character);
            };
        }
    }
}
