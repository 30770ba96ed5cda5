/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Who is too slow, by a time of the test's. */
class PaceTest {

    private long nanos = -Duration.ofHours(1).toNanos();

    private Pace pace(long slowest) {
        return new Pace(slowest, () -> nanos);
    }

    private void pass(long millis) {
        nanos += Duration.ofMillis(millis).toNanos();
    }

    private static void send(Pace pace, int bytes) {
        pace.sent(bytes);
    }

    @Test
    void nobodyIsTooSlowWithinTheFirstMinute() {
        Pace pace = pace(1_024);

        pass(59_999);

        assertThat(pace.isTooSlow()).isFalse();
    }

    @Test
    void whoTakesLessThanTheLimitInAMinuteIsTooSlow() {
        Pace pace = pace(1_024);
        send(pace, 60 * 1_024 - 1);
        pass(60_000);

        assertThat(pace.isTooSlow()).isTrue();
    }

    @Test
    void whoTakesTheLimitIsNot() {
        Pace pace = pace(1_024);
        for (int minute = 0; minute < 10; minute++) {
            send(pace, 60 * 1_024);
            pass(60_000);

            assertThat(pace.isTooSlow()).isFalse();
        }
    }

    @Test
    void aFastBeginningDoesNotCountForLater() {
        Pace pace = pace(1_024);
        send(pace, 100_000_000);
        pass(60_000);
        assertThat(pace.isTooSlow()).isFalse();

        pass(90_000);
        send(pace, 90 * 1_024 - 1);

        assertThat(pace.isTooSlow()).isTrue();
    }

    @Test
    void withoutALimitNobodyIs() {
        Pace pace = pace(0);

        pass(Duration.ofDays(365).toMillis());

        assertThat(pace.isTooSlow()).isFalse();
    }

    @Test
    void aFastClientGetsMuchAtATimeAndASlowOneLittle() {
        Pace pace = pace(1_024);
        int first = pace.step();
        int step = first;
        for (int i = 0; i < 10; i++) {
            pass(10);
            int next = pace.step();
            assertThat(next).isGreaterThanOrEqualTo(step);
            step = next;
        }
        assertThat(step).isEqualTo(1_024 * 1_024);
        for (int i = 0; i < 10; i++) {
            pass(2_000);
            step = pace.step();
        }
        assertThat(step).isLessThanOrEqualTo(first);
    }
}
