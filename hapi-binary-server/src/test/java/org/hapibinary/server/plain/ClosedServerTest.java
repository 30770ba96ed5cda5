/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.hapibinary.authorization.token.TestIssuer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A registry of meters that outlives the server does not ask what has been closed. */
class ClosedServerTest {

    @TempDir
    static Path directory;

    @Test
    void theGaugesOfAClosedServerAreGone() throws IOException {
        MeterRegistry meters;
        try (TestIssuer issuer = new TestIssuer();
                PlainHost host = PlainHost.start(Clock.systemUTC(), (export, kickOff) -> {}, directory, issuer)) {
            meters = host.bean(MeterRegistry.class);
            assertThat(gauges(meters)).contains("hapi.binary.exports", "hapi.binary.health");
        }

        assertThat(gauges(meters)).isEmpty();
    }

    private static List<String> gauges(MeterRegistry meters) {
        return meters.getMeters().stream()
                .filter(Gauge.class::isInstance)
                .map(meter -> meter.getId().getName())
                .filter(name -> name.startsWith("hapi.binary."))
                .toList();
    }
}
