/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.bulkexport;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The chunk that the current thread is at work on. HAPI runs all of a chunk in one thread. */
final class CurrentChunk {

    @SuppressWarnings("ThreadLocalUsage") // there is one per server, as long as it lives
    private final ThreadLocal<@Nullable RunningChunk> current = new ThreadLocal<>();

    void run(RunningChunk chunk, Runnable work) {
        current.set(chunk);
        try {
            work.run();
        } finally {
            current.remove();
        }
    }

    Optional<RunningChunk> get() {
        return Optional.ofNullable(current.get());
    }
}
