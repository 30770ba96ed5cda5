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

    public static Latency ofNanos(LongStream nanos) {
        long[] sorted = nanos.sorted().toArray();
        return sorted.length == 0
                ? new Latency(Double.NaN, Double.NaN)
                : new Latency(sorted[sorted.length / 2] / 1e6, sorted[sorted.length * 99 / 100] / 1e6);
    }
}
