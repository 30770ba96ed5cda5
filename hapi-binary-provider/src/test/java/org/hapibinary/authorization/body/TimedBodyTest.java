/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.body;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.hapibinary.problem.Problem;
import org.junit.jupiter.api.Test;

class TimedBodyTest {

    /** Comes in pieces, one a second. */
    private static final class Slow extends FilterInputStream {

        private final int piece;
        private long seconds;

        Slow(int bytes, int piece) {
            super(new ByteArrayInputStream(new byte[bytes]));
            this.piece = piece;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            seconds++;
            return super.read(bytes, offset, Math.min(length, piece));
        }

        long nanoTime() {
            return Duration.ofSeconds(seconds).toNanos();
        }
    }

    @Test
    void aBodyThatTricklesIsGivenUp() throws IOException {
        Slow trickle = new Slow(1_000, 1);

        try (InputStream body = new TimedBody(trickle, trickle::nanoTime)) {
            assertThatThrownBy(() -> body.readNBytes(64 << 10))
                    .isInstanceOfSatisfying(Problem.class, refusal -> assertThat(refusal.getStatusCode())
                            .isEqualTo(408));
        }
        assertThat(trickle.seconds).isEqualTo(31);
    }

    @Test
    void aLongBodyMayTakeItsTime() throws IOException {
        Slow lengthy = new Slow(3_000_000, 20_000);
        byte[] all = new byte[3_000_001];

        try (InputStream body = new TimedBody(lengthy, lengthy::nanoTime)) {
            // readAllBytes takes no more than 8 KiB at a time, whatever comes
            assertThat(body.readNBytes(all, 0, all.length)).isEqualTo(3_000_000);
        }
        assertThat(lengthy.seconds).isGreaterThan(150);
    }
}
