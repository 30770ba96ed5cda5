/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;

/** Counts what exports read ({@code hapi.binary.export.resources}, by the way in which it was read). */
public final class ExportRecorder {

    private final MeterRegistry meters;

    /** @param meters of the server */
    public ExportRecorder(MeterRegistry meters) {
        this.meters = meters;
    }

    /**
     * Counts resources that were written.
     *
     * @param way in which they were read: stored, parsed or searched
     */
    public void read(String way, int resources) {
        meters.counter("hapi.binary.export.resources", "read", way.toLowerCase(Locale.ROOT))
                .increment(resources);
    }
}
