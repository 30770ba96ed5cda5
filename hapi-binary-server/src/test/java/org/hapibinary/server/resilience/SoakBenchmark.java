/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.ServerProcess;
import org.hapibinary.server.world.ManyObservations;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server at full load for a while: nothing grows but what retention keeps. System properties: {@code soak.minutes}
 * (30), {@code soak.downloads} (50) and {@code soak.exports} (5) at once. Run it by {@code testing/soak.sh}.
 */
class SoakBenchmark {

    private static final int PATIENTS = 1_000;
    private static final int OBSERVATIONS = 20_000;
    private static final String KICK_OFF = "/$export?_type=Patient,Observation,Encounter,Location";
    private static final Duration BETWEEN_SAMPLES = Duration.ofSeconds(30);

    /** What is there may differ from one moment to the next. */
    private static final double NOISE = 1.25;

    @TempDir
    static Path directory;

    private record Sample(long heapMegabytes, long threads, long descriptors, long connections, long diskMegabytes) {}

    @Test
    void nothingGrowsUnderFullLoad() throws Exception {
        Duration time = Duration.ofMinutes(Integer.getInteger("soak.minutes", 30));
        int downloading = Integer.getInteger("soak.downloads", 50);
        int exporting = Integer.getInteger("soak.exports", 5);
        List<Sample> samples = new ArrayList<>();
        try (ServersOnPostgres servers = new ServersOnPostgres(
                        directory,
                        "hapi.binary.bulk-export.file-resources=10000",
                        "hapi.binary.limits.downloads-per-client=" + 2 * downloading,
                        "hapi.binary.sweep-interval=5s");
                ServerProcess server = servers.start("server", FreePorts.next())) {
            ManyObservations records =
                    new ManyObservations(servers.client(server.port(), "system/*.*"), servers.database(), PATIENTS);
            records.loadPatientsWithOrigins();
            records.loadObservations(OBSERVATIONS);
            ExportClient client = servers.client(server.port(), "system/*.rs");
            String manifest = client.awaitEnd(client.startExport(KICK_OFF)).body();
            RestartLoad load = new RestartLoad(List.of(server.port()), client.authorization());
            load.begin(downloading, manifest, exporting, KICK_OFF, RestartLoad.lines(manifest));
            try (load) {
                System.out.printf(
                        "%8s %9s %8s %12s %12s %8s %10s %8s%n",
                        "s", "heap MB", "threads", "descriptors", "connections", "disk MB", "downloads", "exports");
                long begun = System.nanoTime();
                while (System.nanoTime() - begun < time.toNanos()) {
                    LockSupport.parkNanos(BETWEEN_SAMPLES.toNanos());
                    Sample sample = sample(server, servers);
                    samples.add(sample);
                    System.out.printf(
                            "%8d %9d %8d %12d %12d %8d %10d %8d%n",
                            Duration.ofNanos(System.nanoTime() - begun).toSeconds(),
                            sample.heapMegabytes,
                            sample.threads,
                            sample.descriptors,
                            sample.connections,
                            sample.diskMegabytes,
                            load.downloads.get(),
                            load.exports.get());
                }
            }
            assertThat(load.unfinished.get() + load.lost.get())
                    .as("downloads and exports that failed")
                    .isZero();
        }
        assertDoesNotGrow("heap", samples, Sample::heapMegabytes);
        assertDoesNotGrow("threads", samples, Sample::threads);
        assertDoesNotGrow("descriptors", samples, Sample::descriptors);
        assertDoesNotGrow("connections", samples, Sample::connections);
        assertDoesNotGrow("disk", samples, Sample::diskMegabytes);
    }

    private static Sample sample(ServerProcess server, ServersOnPostgres servers) throws Exception {
        return new Sample(
                server.liveHeapBytes() / 1_000_000,
                server.processes().threads(),
                server.processes().descriptors(),
                servers.count("pg_stat_activity where backend_type = 'client backend'"),
                storedBytes() / 1_000_000);
    }

    private static long storedBytes() throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("binary"))) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        } catch (UncheckedIOException e) {
            return storedBytes(); // a file has just been erased
        }
    }

    /** The second half of the time is no more than the first, but for noise. */
    private static void assertDoesNotGrow(String what, List<Sample> samples, ToLongFunction<Sample> figure) {
        List<Long> figures = samples.stream().map(figure::applyAsLong).toList();
        int half = figures.size() / 2;
        double before = mean(figures.subList(0, half));
        double after = mean(figures.subList(half, figures.size()));
        assertThat(after).as(what).isLessThan(before * NOISE);
    }

    private static double mean(List<Long> figures) {
        return figures.stream().mapToLong(Long::longValue).average().orElse(0);
    }
}
