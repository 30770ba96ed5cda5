/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineTest {

    private static final String SEPARATORS = "\"\u2028\u2029\u0085\"";
    private static final String ESCAPED = "\"\\u2028\\u2029\\u0085\"";

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void whatSplitsLinesIsEscaped() {
        assertThat(Line.of(SEPARATORS, List.of())).hasToString(ESCAPED);
    }

    @Test
    void whatSplitsLinesIsEscapedOnBothSidesOfASplice() {
        assertThat(Line.of("{" + SEPARATORS, utf8("cut off" + SEPARATORS + "}"), 7))
                .hasToString("{" + ESCAPED + ESCAPED + "}");
        assertThat(Line.of("", utf8("\u2013\u00a0\u2028\u20ac\u0085\u00e4\u2029\u2027"), 0))
                .hasToString("\u2013\u00a0\\u2028\u20ac\\u0085\u00e4\\u2029\u2027");
        assertThat(Line.of("{\"id\":1", utf8("{\"a\":2}"), 1)).hasToString("{\"id\":1\"a\":2}");
    }

    @Test
    void theSizeIsOfWhatIsWritten() {
        assertThat(Line.of("{\u00e4", utf8("cut\u20ac}"), 3).size()).isEqualTo(7);
        assertThat(Line.of("\u2028", List.of()).size()).isEqualTo(6);
    }

    @Test
    void aSeparatorIsFoundWhereverALongTextIsCutForTheSearch() {
        for (int before : new int[] {0, 65_534, 65_535, 65_536, 131_071}) {
            assertThat(Line.of("", utf8("x".repeat(before) + "\u2028"), 0)).hasToString("x".repeat(before) + "\\u2028");
        }
    }

    @Test
    void referencesAreWhatIsWrittenAsOne() {
        String json = "{\"a\":{\"reference\":\"Patient/1\"},\"b\":[{\"reference\":\"\"},{\"reference\":\"€/\\\"2\"}],"
                + "\"reference\":{\"reference\":\"Device/3\",\"display\":\"\\\"reference\\\":\\\"Patient/4\\\"\"},"
                + "\"text\":\"reference\",\"reference\":5,\"noreference\":\"Patient/6\",\"reference\":\"Patient/1\"}";

        assertThat(references(Line.of(json, List.of())))
                .containsExactly("Patient/1", "", "€/\\", "Device/3", "Patient/1");
        assertThat(references(Line.of("{", utf8(json), 1))).hasSize(5).contains("Patient/1", "Device/3");
        assertThat(references(
                        Line.of("", utf8("{\"reference\":\"" + "x".repeat(1_001) + "\",\"reference\":\"y\"}"), 0)))
                .containsExactly("y");
        assertThat(references(Line.of("", utf8("{\"reference\":\"not ended"), 0)))
                .isEmpty();
    }

    @Test
    void aReferenceIsFoundOnceWhereverALongTextIsCutForTheSearch() {
        for (int before = 65_536 - 40; before < 65_536 + 5; before++) {
            String text = "x".repeat(before) + "\"reference\":\"Patient/" + "1".repeat(20) + "\"" + "x".repeat(70_000)
                    + "\"reference\":\"Patient/2\"";

            assertThat(references(Line.of("", utf8(text), 0)))
                    .containsExactly("Patient/" + "1".repeat(20), "Patient/2");
        }
    }

    private static List<String> references(Line line) {
        List<String> references = new ArrayList<>();
        line.references(references::add);
        return references;
    }
}
