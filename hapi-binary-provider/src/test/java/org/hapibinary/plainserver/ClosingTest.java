/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.plainserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClosingTest {

    private final List<String> closed = new ArrayList<>();
    private final IOException first = new IOException("first");
    private final IllegalStateException third = new IllegalStateException("third");
    private final List<AutoCloseable> parts = List.of(
            () -> {
                throw first;
            },
            () -> closed.add("second"),
            () -> {
                throw third;
            },
            () -> closed.add("fourth"));

    @Test
    void whatOnePartThrowsDoesNotLeaveTheOthersOpen() {
        assertThatThrownBy(() -> Closing.all(parts))
                .isInstanceOf(IllegalStateException.class)
                .hasCause(first)
                .hasSuppressedException(third);
        assertThat(closed).containsExactly("second", "fourth");
    }

    @Test
    void whyThePluginDidNotStartIsNotHiddenByWhatCannotBeClosed() {
        IllegalArgumentException fault = new IllegalArgumentException("a wrong setting");

        Closing.after(fault, parts);

        assertThat(fault.getSuppressed()).singleElement().satisfies(suppressed -> assertThat(suppressed)
                .hasCause(first));
        assertThat(closed).containsExactly("second", "fourth");
    }
}
