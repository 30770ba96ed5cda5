/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/**
 * How many resources a server has written into export files, by the way in which they were read.
 *
 * @param stored the stored JSON passed through
 * @param parsed by their ids
 * @param searched by a search, for a host that has a say in searches
 */
record ReadCounts(long stored, long parsed, long searched) {

    static ReadCounts of(RunningServer server) {
        MeterRegistry meters = server.bean(MeterRegistry.class);
        return new ReadCounts(count(meters, "stored"), count(meters, "parsed"), count(meters, "searched"));
    }

    private static long count(MeterRegistry meters, String read) {
        return Math.round(meters.find("hapi.binary.export.resources").tag("read", read).counters().stream()
                .mapToDouble(Counter::count)
                .sum());
    }

    /** What came after an earlier count. */
    ReadCounts since(ReadCounts before) {
        return new ReadCounts(stored - before.stored, parsed - before.parsed, searched - before.searched);
    }
}
