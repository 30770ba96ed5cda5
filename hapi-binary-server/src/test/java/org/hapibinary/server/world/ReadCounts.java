/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.world;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import org.hapibinary.server.host.RunningServer;

/**
 * How many resources a server has written into export files, by the way in which they were read.
 *
 * @param stored the stored JSON passed through
 * @param parsed by their ids
 * @param searched by a search, for a host that has a say in searches
 */
public record ReadCounts(long stored, long parsed, long searched) {

    public static ReadCounts of(RunningServer server) {
        MeterRegistry meters = server.bean(MeterRegistry.class);
        return new ReadCounts(count(meters, "stored"), count(meters, "parsed"), count(meters, "searched"));
    }

    private static long count(MeterRegistry meters, String read) {
        return Math.round(meters.find("hapi.binary.export.resources").tag("read", read).counters().stream()
                .mapToDouble(Counter::count)
                .sum());
    }

    /** What came after an earlier count. */
    public ReadCounts since(ReadCounts before) {
        return new ReadCounts(stored - before.stored, parsed - before.parsed, searched - before.searched);
    }
}
