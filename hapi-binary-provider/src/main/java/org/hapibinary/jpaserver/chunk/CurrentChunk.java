/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.chunk;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The chunk that the current thread runs. HAPI runs a chunk in one thread. */
public final class CurrentChunk {

    @SuppressWarnings("ThreadLocalUsage") // one instance for each server, for its whole life
    private final ThreadLocal<@Nullable State> current = new ThreadLocal<>();

    /** Whether the chunk that HAPI has started has to do its work. */
    public sealed interface State {

        /** It has to do its work. */
        record Running(RunningChunk chunk) implements State {}

        /**
         * It must do nothing: it is finished, another attempt is running, or this server stops.
         *
         * @param again after how long HAPI is to start it again
         */
        record NotToBeRun(Duration again) implements State {}
    }

    void run(State state, Runnable work) {
        current.set(state);
        try {
            work.run();
        } finally {
            current.remove();
        }
    }

    /** @throws IllegalStateException if the thread runs no chunk of an export */
    public State state() {
        State state = current.get();
        if (state == null) {
            throw new IllegalStateException("The job was not started by a kick-off of the plugin");
        }
        return state;
    }

    /** The running chunk; empty if the thread runs no chunk of an export. */
    public Optional<RunningChunk> get() {
        return current.get() instanceof State.Running running ? Optional.of(running.chunk) : Optional.empty();
    }
}
