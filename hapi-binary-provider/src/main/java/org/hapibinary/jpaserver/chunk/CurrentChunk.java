/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.chunk;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the current thread is at work on for an export. HAPI runs all of a chunk in one thread. */
public final class CurrentChunk {

    @SuppressWarnings("ThreadLocalUsage") // there is one per server, as long as it lives
    private final ThreadLocal<@Nullable State> current = new ThreadLocal<>();

    /** Whether a chunk that HAPI runs is to be worked on. */
    public sealed interface State {

        /** It is. */
        record Running(RunningChunk chunk) implements State {}

        /** It is not: it has been done before, or some server is at work on it. */
        record NotToBeRun() implements State {}
    }

    void run(State state, Runnable work) {
        current.set(state);
        try {
            work.run();
        } finally {
            current.remove();
        }
    }

    /** @throws IllegalStateException if the thread is not at work for an export */
    public State state() {
        State state = current.get();
        if (state == null) {
            throw new IllegalStateException("The job was not started by a kick-off of the plugin");
        }
        return state;
    }

    /** Nothing if the thread is not at work on a chunk of an export. */
    public Optional<RunningChunk> get() {
        return current.get() instanceof State.Running running ? Optional.of(running.chunk) : Optional.empty();
    }
}
