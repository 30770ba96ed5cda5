/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.logging.logback.WhitespaceThrowableProxyConverter;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ClassPathResource;

/** The lines of the server's log, whatever is in a message or in an exception. */
class LogPatternTest {

    private static final String FORGED = "2001-01-01T00:00:00.000Z ERROR 1 [main] [] forged : ";

    private static List<String> logged(String message, @Nullable Throwable thrown) throws IOException {
        PropertySource<?> yaml = new YamlPropertySourceLoader()
                .load("application", new ClassPathResource("application.yaml"))
                .get(0);
        LoggerContext context = new LoggerContext();
        context.setMDCAdapter(new LogbackMDCAdapter());
        PatternLayout layout = new PatternLayout();
        layout.setContext(context);
        layout.getInstanceConverterMap().put("wEx", WhitespaceThrowableProxyConverter::new);
        layout.getInstanceConverterMap().put(LogRecords.WORD, LogRecords.Converter::new);
        layout.setPattern(String.valueOf(yaml.getProperty("logging.pattern.console")));
        layout.start();
        LoggingEvent event = new LoggingEvent(
                LogPatternTest.class.getName(), context.getLogger("a.logger"), Level.WARN, message, thrown, null);
        String text = layout.doLayout(event);
        assertThat(text).endsWith("\n");
        return Arrays.asList(text.split("[\r\n\u0085\u2028\u2029\u000b\f]+"));
    }

    private static void assertOneRecord(List<String> lines) {
        assertThat(lines.get(0)).matches("\\d{4}-\\d{2}-\\d{2}T.* WARN .*a\\.logger +: .*");
        assertThat(lines.subList(1, lines.size()))
                .allSatisfy(line -> assertThat(line).startsWith(LogRecords.CONTINUATION));
        assertThat(String.join("", lines)).doesNotContain("\u001b").contains("forged");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\r\n", "\n", "\r", "\n\r", "\u0085", "\u2028", "\u2029", "\u000b", "\f", "\u001b[2K\u001b[1G"})
    void aRecordIsOneRecordWhateverIsInItsMessageAndItsExceptions(String lineEnd) throws IOException {
        String text = "x" + lineEnd + FORGED + lineEnd + "Caused by: y" + lineEnd + "\tat z" + lineEnd;

        assertOneRecord(logged(text, null));
        assertOneRecord(logged("a message", new IllegalStateException(text, new IOException(text))));
    }

    @Test
    void whatIsHarmlessIsAsItWas() throws IOException {
        assertThat(logged("Größe: 5\tµm {} $1 \\n", null))
                .singleElement()
                .asString()
                .endsWith(": Größe: 5\tµm {} $1 \\n");
        assertThat(logged("a message", new IllegalStateException("why")))
                .contains(LogRecords.CONTINUATION + "java.lang.IllegalStateException: why")
                .anyMatch(line -> line.startsWith(LogRecords.CONTINUATION + "\tat " + LogPatternTest.class.getName()));
    }
}
