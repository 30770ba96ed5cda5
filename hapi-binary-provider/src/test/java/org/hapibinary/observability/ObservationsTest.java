/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ObservationsTest {

    private static final String NAME = "hapi.binary.example";

    private final MeterRegistry meters = new SimpleMeterRegistry();

    private void observe(@Nullable ObservationRegistry server, String name) {
        Observation.createNotStarted(name, Observations.of(server, meters))
                .lowCardinalityKeyValue("kind", "test")
                .observe(() -> {});
    }

    private void assertIsTimedOnce() {
        assertThat(meters.get(NAME).tag("kind", "test").timer().count()).isEqualTo(1);
    }

    @Test
    void withoutARegistryOfTheServersThereAreTimers() {
        observe(null, NAME);
        assertIsTimedOnce();
    }

    @Test
    void aRegistryThatDoesNothingLosesNoTimer() {
        observe(ObservationRegistry.NOOP, NAME);
        assertIsTimedOnce();
    }

    @Test
    void aServersTracerSeesThemAndNoTimerIsLost() {
        List<String> seen = new ArrayList<>();
        ObservationRegistry server = ObservationRegistry.create();
        server.observationConfig().observationHandler(new ObservationHandler<Observation.Context>() {
            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }

            @Override
            public void onStop(Observation.Context context) {
                seen.add(context.getName());
            }
        });

        observe(server, NAME);

        assertThat(seen).containsExactly(NAME);
        assertIsTimedOnce();
    }

    @Test
    void whatTheServersHandlersTimeIsNotTimedTwice() {
        ObservationRegistry server = ObservationRegistry.create();
        server.observationConfig().observationHandler(new DefaultMeterObservationHandler(meters));
        observe(server, NAME);
        assertIsTimedOnce();
    }

    @Test
    void aRegistryThatIsUsedTwiceTimesOnce() {
        ObservationRegistry server = ObservationRegistry.create();
        server.observationConfig().observationHandler(new DefaultMeterObservationHandler(meters));
        Observations.of(server, meters);
        observe(server, NAME);
        assertIsTimedOnce();
    }

    @Test
    void observationsOfOthersAreLeftToTheServer() {
        ObservationRegistry server = ObservationRegistry.create();
        server.observationConfig().observationHandler(context -> true);
        observe(server, "http.server.requests");
        assertThat(meters.getMeters()).isEmpty();
    }
}
