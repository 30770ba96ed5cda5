/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.body;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.hapibinary.problem.Problem;

/** A body on its way, which holds a thread. If it arrives too slowly, reading fails. */
final class TimedBody extends FilterInputStream {

    private static final Duration FOR_ANY = Duration.ofSeconds(30);
    private static final long SLOWEST_BYTES_PER_SECOND = 16 << 10;

    private final LongSupplier nanoTime;
    private final long begun;
    private long read;

    TimedBody(InputStream body) {
        this(body, System::nanoTime);
    }

    /** @param nanoTime as {@link System#nanoTime} */
    TimedBody(InputStream body, LongSupplier nanoTime) {
        super(body);
        this.nanoTime = nanoTime;
        this.begun = nanoTime.getAsLong();
    }

    /** @throws Problem 408 if it comes too slowly */
    @Override
    public int read() throws IOException {
        int single = super.read();
        count(single < 0 ? 0 : 1);
        return single;
    }

    /** @throws Problem 408 if it comes too slowly */
    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int count = super.read(bytes, offset, length);
        count(Math.max(count, 0));
        return count;
    }

    private void count(int bytes) {
        read += bytes;
        Duration passed = Duration.ofNanos(nanoTime.getAsLong() - begun);
        if (passed.compareTo(FOR_ANY.plusSeconds(read / SLOWEST_BYTES_PER_SECOND)) > 0) {
            throw Problem.tooSlow("The body of the request comes too slowly: " + read + " bytes in "
                    + passed.toSeconds() + " s. Send it faster than " + SLOWEST_BYTES_PER_SECOND + " bytes a second.");
        }
    }
}
