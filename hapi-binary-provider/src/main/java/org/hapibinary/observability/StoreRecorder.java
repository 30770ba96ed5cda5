/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Times what is asked of the store of the content. Allocates nothing: reads are part of every download. */
public final class StoreRecorder {

    private final Map<Operation, Map<Outcome, Timer>> timers = new EnumMap<>(Operation.class);

    /** What is asked of a store. */
    public enum Operation {
        /** Opening a content for reading. */
        OPEN,
        /** One read of a part of an open content. */
        READ,
        /** Storing a whole content, which takes as long as that content takes to be made. */
        WRITE,
        /** Erasing a content. */
        ERASE,
        /** Listing all contents. */
        LIST
    }

    /** How it ended. */
    public enum Outcome {
        /** As asked. */
        SUCCESS,
        /** The store does not have the content, or has another one. */
        MISSING,
        /** The store has failed, or could not be reached. */
        FAILURE
    }

    /** @param meters the registry of the meters */
    public StoreRecorder(MeterRegistry meters) {
        for (Operation operation : Operation.values()) {
            Map<Outcome, Timer> ofOperation = new EnumMap<>(Outcome.class);
            for (Outcome outcome : Outcome.values()) {
                if (outcome != Outcome.MISSING || operation == Operation.OPEN) {
                    ofOperation.put(outcome, timer(meters, operation, outcome));
                }
            }
            timers.put(operation, ofOperation);
        }
    }

    private static Timer timer(MeterRegistry meters, Operation operation, Outcome outcome) {
        return Timer.builder("hapi.binary.store.operations")
                .description("What was asked of the store, by kind and how it ended")
                .tag("operation", operation.name().toLowerCase(Locale.ROOT))
                .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
                .register(meters);
    }

    /**
     * Records one operation.
     *
     * @param began {@link System#nanoTime} when it began
     */
    public void ended(Operation operation, Outcome outcome, long began) {
        Timer timer = timers.getOrDefault(operation, Map.of()).get(outcome);
        if (timer != null) {
            timer.record(System.nanoTime() - began, TimeUnit.NANOSECONDS);
        }
    }
}
