/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

/**
 * Where the plugin's observations go. With the server's own registry its tracer sees them. Whichever registry it is,
 * each observation ends in a timer of the meters: a server's registry need not make timers.
 */
public final class Observations {

    private static final String OURS = "hapi.binary.";

    private Observations() {}

    /**
     * A registry that makes timers of the plugin's observations.
     *
     * @param server the registry of the server; null if it has none
     * @param meters the registry of the meters
     */
    public static ObservationRegistry of(@Nullable ObservationRegistry server, MeterRegistry meters) {
        // a registry that nothing listens to, such as ObservationRegistry.NOOP, might take no handler
        ObservationRegistry registry = server == null || server.isNoop() ? ObservationRegistry.create() : server;
        registry.observationConfig().observationHandler(new MissingTimers(meters));
        return registry;
    }

    /** Makes timers of those of the plugin's observations of which the server's own handlers make none. */
    private static final class MissingTimers implements ObservationHandler<Observation.Context> {

        private final DefaultMeterObservationHandler handler;

        MissingTimers(MeterRegistry meters) {
            handler = new DefaultMeterObservationHandler(meters);
        }

        @Override
        public boolean supportsContext(Observation.Context context) {
            return context.getName() != null && context.getName().startsWith(OURS);
        }

        @Override
        public void onStart(Observation.Context context) {
            // the server's handlers were registered before and have been called; such a sample is what they keep
            if (!context.containsKey(Timer.Sample.class)) {
                context.put(MissingTimers.class, this);
                handler.onStart(context);
            }
        }

        @Override
        public void onEvent(Observation.Event event, Observation.Context context) {
            if (context.containsKey(MissingTimers.class)) {
                handler.onEvent(event, context);
            }
        }

        @Override
        public void onStop(Observation.Context context) {
            if (context.containsKey(MissingTimers.class)) {
                handler.onStop(context);
            }
        }
    }
}
