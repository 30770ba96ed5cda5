/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.download;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class RatioTest {

    @Test
    void isTheMedianWithTheRange() {
        assertThat(Ratio.of(DoubleStream.of(0.97, 0.71, 0.846))).hasToString("0.85 [0.71–0.97]");
        assertThat(Ratio.of(DoubleStream.of(4, 1, 2, 3))).isEqualTo(new Ratio(2.5, 1, 4));
    }

    @Test
    void ofNothingIsNotANumber() {
        assertThat(Ratio.of(DoubleStream.empty()).median()).isNaN();
    }
}
