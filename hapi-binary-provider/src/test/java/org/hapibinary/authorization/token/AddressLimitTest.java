/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.hapibinary.problem.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressLimitTest {

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    private final AddressLimit limit = new AddressLimit(new Clock() {
        @Override
        public ZoneOffset getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(java.time.ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    });

    private void takeAll(String address) {
        for (int i = 0; i < AddressLimit.QUESTIONS; i++) {
            limit.take(address);
        }
    }

    private void assertRefused(String address) {
        assertThatThrownBy(() -> limit.take(address)).isInstanceOfSatisfying(Problem.class, refusal -> {
            assertThat(refusal.getStatusCode()).isEqualTo(429);
            assertThat(refusal.getResponseHeaders()).containsKey("Retry-After");
        });
    }

    @Test
    void moreIsThereAsTimePasses() {
        takeAll("192.0.2.1");
        assertRefused("192.0.2.1");

        now = now.plus(Duration.ofSeconds(1));
        for (int i = 0; i < AddressLimit.QUESTIONS_PER_SECOND; i++) {
            limit.take("192.0.2.1");
        }
        assertRefused("192.0.2.1");

        now = now.plus(Duration.ofDays(1));
        takeAll("192.0.2.1");
        assertRefused("192.0.2.1");
    }

    @Test
    void whatIsGivenBackIsThereAgain() {
        takeAll("192.0.2.1");
        limit.giveBack("192.0.2.1");
        limit.take("192.0.2.1");
        assertRefused("192.0.2.1");
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 192.0.2.2",
        "2001:db8:1:1::1, 2001:db8:1:2::1",
        "2001:db8:1:1::1, 192.0.2.1",
        "unix, 192.0.2.1"
    })
    void oneAddressTakesNothingFromAnother(String address, String other) {
        takeAll(address);
        assertRefused(address);
        assertThatCode(() -> limit.take(other)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({"2001:db8:1:1::1, 2001:db8:1:1:ffff::2", "2001:db8:1:1::1, 2001:DB8:1:1:0:0:0:1", "192.0.2.1, 192.0.2.1"
    })
    void allOfOneNetworkAreOne(String address, String same) {
        takeAll(address);
        assertRefused(same);
    }
}
