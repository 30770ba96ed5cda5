/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.download;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.hapibinary.server.load.Latency;
import org.hapibinary.server.load.Load;
import org.hapibinary.server.load.LoadClients;
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
    void warmUp(LoadClients clients, Duration time) throws InterruptedException {
        load(clients, time);
    }

    /** Puts the server under load for a while, unless it has failed before. */
    void measure(LoadClients clients, Duration time) throws InterruptedException {
        load(clients, time).ifPresent(loads::add);
    }

    private Optional<Load> load(LoadClients clients, Duration time) throws InterruptedException {
        if (failure.isPresent()) {
            return Optional.empty();
        }
        try {
            return Optional.of(clients.over(workload.protocol())
                    .orElseThrow()
                    .run(request, wireLength, workload.connections(), workload.keepAlive(), time, server.processes()));
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
        return median(this::bytesPerSecond);
    }

    /** Each round held against the same round of another server. */
    Ratio bytesPerSecondComparedTo(Measurement other) {
        return Ratio.of(IntStream.range(0, Math.min(loads.size(), other.loads.size()))
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
        return Ratio.median(loads.stream().mapToDouble(figure));
    }
}
