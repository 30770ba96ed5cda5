/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.download;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.hapibinary.server.load.Latency;
import org.hapibinary.server.load.Load;
import org.hapibinary.server.load.LoadClient;
import org.hapibinary.server.load.LoadRequest;

/** One server under one workload, round after round. */
final class Measurement {

    private final ComparedServer server;
    private final Workload workload;
    private final LoadRequest request;
    private final long wireLength;
    private final List<Load> loads = new ArrayList<>();
    private Optional<String> failure = Optional.empty();

    /** @param wireLength of the body, as its Content-Length says */
    Measurement(ComparedServer server, Workload workload, LoadRequest request, long wireLength) {
        this.server = server;
        this.workload = workload;
        this.request = request;
        this.wireLength = wireLength;
    }

    /** Puts the server under load for a while, unless it has failed before, and forgets what it has done. */
    void warmUp(LoadClient client, Duration time) throws InterruptedException {
        load(client, time);
    }

    /** Puts the server under load for a while, unless it has failed before. */
    void measure(LoadClient client, Duration time) throws InterruptedException {
        load(client, time).ifPresent(loads::add);
    }

    private Optional<Load> load(LoadClient client, Duration time) throws InterruptedException {
        if (failure.isPresent()) {
            return Optional.empty();
        }
        try {
            return Optional.of(client.run(
                    request, wireLength, workload.connections(), workload.keepAlive(), time, server.processes()));
        } catch (IOException e) {
            failure = Optional.of(String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    ComparedServer server() {
        return server;
    }

    Workload workload() {
        return workload;
    }

    /** Why there are no figures. */
    Optional<String> failure() {
        return failure;
    }

    /** Median of the rounds. */
    double bytesPerSecond() {
        return median(loads.stream().mapToDouble(this::bytesPerSecond));
    }

    /** Median of the rounds, each held against the same round of another server. */
    double bytesPerSecondComparedTo(Measurement other) {
        return median(IntStream.range(0, Math.min(loads.size(), other.loads.size()))
                .mapToDouble(round -> bytesPerSecond(loads.get(round)) / other.bytesPerSecond(other.loads.get(round))));
    }

    /** What the client has at the end: bytes that went over the wire compressed count uncompressed. */
    private double bytesPerSecond(Load load) {
        return contentBytes(load) / load.seconds();
    }

    private double contentBytes(Load load) {
        return (double) load.bodyBytes() * workload.size() / wireLength;
    }

    double answersPerSecond() {
        return median(load -> load.answers() / load.seconds());
    }

    double cpuSecondsPerGigabyte() {
        return median(load -> load.cpuSeconds() * 1e9 / contentBytes(load));
    }

    Latency firstByte() {
        return new Latency(median(load -> load.firstByte().median()), median(load -> load.firstByte()
                .percentile99()));
    }

    double residentMebibytes() {
        return loads.stream().mapToLong(Load::residentKibibytes).max().orElse(0) / 1024.0;
    }

    private double median(ToDoubleFunction<Load> figure) {
        return median(loads.stream().mapToDouble(figure));
    }

    private static double median(DoubleStream figures) {
        double[] sorted = figures.sorted().toArray();
        return sorted.length == 0 ? Double.NaN : (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }
}
