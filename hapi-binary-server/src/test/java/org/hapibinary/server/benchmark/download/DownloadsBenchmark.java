/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.download;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.hapibinary.server.load.LoadClients;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Downloads of the same files from our server on each of its stores, from the plugin on Tomcat, from HAPI's own
 * operation, from Jetty's servlet for static files and, where it is installed, from nginx. All of them run at the same
 * time and take turns: a round puts each server under each workload for a moment, and what is reported is the median of
 * the rounds. Before the rounds the bytes are held against their SHA-256, and two rounds, which do not count, warm up.
 *
 * <p>System properties choose less: {@code benchmark.sizes}, {@code benchmark.connections} and
 * {@code benchmark.protocols} of the workloads, with commas ({@code 1 MiB,1 GiB}, {@code 1,8} and
 * {@code plain,TLS,HTTP/2}), {@code benchmark.stores}, {@code benchmark.rounds} and {@code benchmark.millis}, the
 * length of a turn. With {@code benchmark.hold} the servers go on for so many seconds, for other clients, which find
 * them in {@code target/benchmark/servers.txt}.
 */
class DownloadsBenchmark {

    private static final int WARM_UP_ROUNDS = 2;
    private static final int ROUNDS = Integer.getInteger("benchmark.rounds", 7);
    private static final Duration TURN = Duration.ofMillis(Integer.getInteger("benchmark.millis", 1_000));
    private static final Path REPORT = Path.of("target/benchmark/downloads.md");
    private static final Path SERVERS = REPORT.resolveSibling("servers.txt");

    @TempDir
    static Path directory;

    @Test
    void sideBySide() throws Exception {
        try (LoadClients clients = new LoadClients(directory)) {
            List<Workload> workloads = workloads(clients);
            try (ComparedServers servers = new ComparedServers(workloads, directory)) {
                String machine = ReportHead.machine();
                servers.start();
                List<Measurement> measurements = servers.measurements();
                for (int round = 0; round < WARM_UP_ROUNDS; round++) {
                    for (Measurement one : inTurn(measurements, round)) {
                        one.warmUp(clients, TURN);
                    }
                }
                for (int round = 0; round < ROUNDS; round++) {
                    for (Measurement one : inTurn(measurements, round)) {
                        one.measure(clients, TURN);
                    }
                }
                String report = machine
                        + ReportHead.run(ROUNDS, TURN, clients, servers.leftOut())
                        + new DownloadsReport(workloads, servers.all(), measurements).toMarkdown();
                Files.createDirectories(REPORT.getParent());
                Files.writeString(REPORT, report);
                System.err.println(report);
                hold(servers);
            }
        }
    }

    private static void hold(ComparedServers servers) throws IOException {
        Optional<Integer> seconds = Optional.ofNullable(Integer.getInteger("benchmark.hold"));
        if (seconds.isPresent()) {
            Files.writeString(SERVERS, servers.addresses());
            LockSupport.parkNanos(Duration.ofSeconds(seconds.get()).toNanos());
        }
    }

    private static List<Workload> workloads(LoadClients clients) {
        return Workload.all().stream()
                .filter(chosen("benchmark.sizes", workload -> Workload.label(workload.size())))
                .filter(chosen("benchmark.connections", workload -> Integer.toString(workload.connections())))
                .filter(chosen(
                        "benchmark.protocols", workload -> workload.protocol().label()))
                .filter(workload -> clients.over(workload.protocol()).isPresent())
                .toList();
    }

    /** Everything that the system property does not exclude. */
    private static Predicate<Workload> chosen(String property, Function<Workload, String> trait) {
        return workload -> Optional.ofNullable(System.getProperty(property))
                .map(choice -> Set.of(choice.split(",", -1)).contains(trait.apply(workload)))
                .orElse(true);
    }

    /** In each round another server begins. */
    private static List<Measurement> inTurn(List<Measurement> measurements, int round) {
        Map<Workload, List<Measurement>> byWorkload = measurements.stream()
                .collect(Collectors.groupingBy(
                        Measurement::workload, LinkedHashMap::new, Collectors.toCollection(ArrayList::new)));
        byWorkload.values().forEach(servers -> Collections.rotate(servers, round));
        return byWorkload.values().stream().flatMap(List::stream).toList();
    }
}
