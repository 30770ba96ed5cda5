/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LineTest {

    private static final String SEPARATORS = "\"\u2028\u2029\u0085\"";
    private static final String ESCAPED = "\"\\u2028\\u2029\\u0085\"";

    @Test
    void whatSplitsLinesIsEscaped() {
        assertThat(Line.of(SEPARATORS, List.of())).hasToString(ESCAPED);
    }

    @Test
    void whatSplitsLinesIsEscapedOnBothSidesOfASplice() {
        assertThat(Line.of("{" + SEPARATORS, "cut off" + SEPARATORS + "}", 7))
                .hasToString("{" + ESCAPED + ESCAPED + "}");
        assertThat(Line.of("{\"id\":1", "{\"a\":2}", 1)).hasToString("{\"id\":1\"a\":2}");
    }

    @Test
    void theSizeIsOfWhatIsWritten() {
        assertThat(Line.of("{\u00e4", "cut\u20ac}", 3).size()).isEqualTo(7);
        assertThat(Line.of("\u2028", List.of()).size()).isEqualTo(6);
    }
}
