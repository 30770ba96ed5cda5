/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RememberedCheckTest {

    private static final Duration LONG = Duration.ofHours(1);

    @Test
    void whoAsksOftenHasItCheckedOnce() {
        AtomicInteger made = new AtomicInteger();
        RememberedCheck check = new RememberedCheck("a part", LONG, () -> {
            made.incrementAndGet();
            return HealthCheck.Finding.works();
        });

        for (int i = 0; i < 100; i++) {
            assertThat(check.check().up()).isTrue();
        }

        assertThat(made).hasValue(1);
    }

    @Test
    void aCheckThatFailsIsDownAndDoesNotTellWhatTheExceptionQuotes() {
        RememberedCheck check = new RememberedCheck("a part", LONG, () -> {
            throw new IOException("password=secret");
        });

        HealthCheck.Finding finding = check.check();

        assertThat(finding.up()).isFalse();
        assertThat(finding.details().toString()).contains("IOException").doesNotContain("secret");
    }

    @Test
    void aCheckThatHangsHoldsNobody() {
        CountDownLatch hangs = new CountDownLatch(1);
        RememberedCheck check = new RememberedCheck("a part", LONG, () -> {
            hangs.await();
            return HealthCheck.Finding.works();
        });
        long begun = System.nanoTime();

        HealthCheck.Finding finding = check.check();

        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
        assertThat(finding.details()).containsKey("note");
        hangs.countDown();
    }
}
