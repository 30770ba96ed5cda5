/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.load;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.hapibinary.server.host.ProcessGroup;

/** What a server uses from the moment on in which this is made. */
final class ServerWatch {

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);

    private final ProcessGroup server;
    private final double cpuBefore;
    private final long begun;
    private long residentKibibytes;

    ServerWatch(ProcessGroup server) {
        this.server = server;
        cpuBefore = server.cpuSeconds();
        begun = System.nanoTime();
    }

    /** Waits, at most until this much time has gone by since the start, and looks at the memory meanwhile. */
    void await(Duration time, BooleanSupplier ended) {
        for (long left = time.toNanos();
                left > 0 && !ended.getAsBoolean();
                left = time.toNanos() - (System.nanoTime() - begun)) {
            LockSupport.parkNanos(Math.min(left, BETWEEN_LOOKS.toNanos()));
            residentKibibytes = Math.max(residentKibibytes, server.residentKibibytes());
        }
    }

    /** Since the start. */
    double cpuSeconds() {
        return server.cpuSeconds() - cpuBefore;
    }

    /** Since the start. */
    double seconds() {
        return (System.nanoTime() - begun) / 1e9;
    }

    /** The most that was seen. */
    long residentKibibytes() {
        return residentKibibytes;
    }
}
