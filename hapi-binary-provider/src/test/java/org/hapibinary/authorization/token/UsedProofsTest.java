/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.hapibinary.authorization.Caller;
import org.hapibinary.authorization.SmartScopes;
import org.hapibinary.problem.Problem;
import org.junit.jupiter.api.Test;

/** A proof that has been used is remembered as long as it could be used again, whatever else comes meanwhile. */
class UsedProofsTest {

    private static final Duration LIFETIME = Duration.ofMinutes(2);

    private Instant now = Instant.parse("2024-01-15T10:30:00Z");
    private final InstantSource time = () -> now;
    private final UsedProofs used = new UsedProofs(LIFETIME, time.withZone(ZoneOffset.UTC));

    private static Caller client(String id) {
        return new Caller("https://auth.example.org", id, null, SmartScopes.parse(""), "client_id");
    }

    private void useMany(Caller client, int count) {
        for (int i = 0; i < count; i++) {
            assertThat(used.use(client, "proof " + i)).isTrue();
        }
    }

    private static void assertRefused(int status, int retryAfterAtMost, ThrowingCallable use) {
        assertThatThrownBy(use).isInstanceOfSatisfying(Problem.class, problem -> {
            assertThat(problem.getStatusCode()).isEqualTo(status);
            assertThat(problem.getResponseHeaders().get("Retry-After"))
                    .singleElement()
                    .satisfies(seconds -> assertThat(Integer.parseInt(seconds)).isBetween(1, retryAfterAtMost));
        });
    }

    @Test
    void aProofIsUsedOnceByItsClient() {
        assertThat(used.use(client("one"), "id")).isTrue();
        assertThat(used.use(client("one"), "id")).isFalse();
        assertThat(used.use(client("other"), "id")).isTrue();
        assertThat(used.use(client("one"), "Id")).isTrue();

        now = now.plus(LIFETIME);
        assertThat(used.use(client("one"), "id")).isFalse();
    }

    @Test
    void aClientThatUsesTooManyWaitsAndNothingIsForgottenForIt() {
        Caller greedy = client("greedy");
        useMany(greedy, UsedProofs.MOST_OF_A_CLIENT);
        now = now.plusSeconds(100);

        assertRefused(429, 25, () -> used.use(greedy, "one more"));

        assertThat(used.use(greedy, "proof 0")).isFalse();
        assertThat(used.use(client("other"), "proof 0")).isTrue();
        now = now.plusSeconds(20).plusMillis(1);
        assertThat(used.use(greedy, "one more")).isTrue();
        assertThat(used.count()).isEqualTo(2);
    }

    @Test
    void whenThereAreTooManyInAllEverybodyWaitsAndNothingIsForgotten() {
        int clients = UsedProofs.MOST / UsedProofs.MOST_OF_A_CLIENT;
        IntStream.range(0, clients).forEach(i -> useMany(client("client " + i), UsedProofs.MOST_OF_A_CLIENT));

        assertRefused(503, 120, () -> used.use(client("another"), "one more"));

        assertThat(used.use(client("client 0"), "proof 0")).isFalse();
        assertThat(used.count()).isEqualTo(UsedProofs.MOST);
        now = now.plus(LIFETIME).plusMillis(1);
        assertThat(used.use(client("another"), "one more")).isTrue();
        assertThat(used.count()).isEqualTo(1);
    }
}
