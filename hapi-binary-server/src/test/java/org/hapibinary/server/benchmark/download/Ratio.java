/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.download;

import java.util.Locale;
import java.util.stream.DoubleStream;

/** The median of the ratios of several rounds, with the least and the most of them. */
record Ratio(double median, double least, double most) {

    /** Of no rounds it is not a number. */
    static Ratio of(DoubleStream ratios) {
        double[] sorted = ratios.sorted().toArray();
        return sorted.length == 0
                ? new Ratio(Double.NaN, Double.NaN, Double.NaN)
                : new Ratio(median(sorted), sorted[0], sorted[sorted.length - 1]);
    }

    /** Of no figures it is not a number. */
    static double median(DoubleStream figures) {
        return median(figures.sorted().toArray());
    }

    private static double median(double... sorted) {
        return sorted.length == 0 ? Double.NaN : (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    /** Such as 0.85 [0.71–0.97]. */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.2f [%.2f–%.2f]", median, least, most);
    }
}
