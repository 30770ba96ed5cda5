/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.load;

import java.util.stream.LongStream;

/**
 * How long something took, again and again.
 *
 * @param median in milliseconds
 * @param percentile99 in milliseconds
 */
public record Latency(double median, double percentile99) {

    /** Of a client that does not measure it. */
    static final Latency NONE = new Latency(Double.NaN, Double.NaN);

    public static Latency ofNanos(LongStream nanos) {
        long[] sorted = nanos.sorted().toArray();
        return sorted.length == 0
                ? NONE
                : new Latency(sorted[sorted.length / 2] / 1e6, sorted[sorted.length * 99 / 100] / 1e6);
    }
}
