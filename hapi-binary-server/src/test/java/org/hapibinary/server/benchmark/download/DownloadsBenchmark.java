/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.download;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.host.SeededFile;
import org.hapibinary.server.load.LoadClient;
import org.hapibinary.server.load.LoadRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Downloads of the same files from our server on each of its stores, from HAPI's own operation, from Jetty's servlet
 * for static files and, where it is installed, from nginx. All of them run at the same time and take turns: a round
 * puts each server under each workload for a moment, and what is reported is the median of the rounds. Before the
 * rounds the bytes are held against their SHA-256, and two rounds, which do not count, warm up.
 *
 * <p>System properties choose less: {@code benchmark.sizes} and {@code benchmark.connections} of the workloads, with
 * commas ({@code 1 MiB,1 GiB} and {@code 1,8}), {@code benchmark.stores}, {@code benchmark.rounds} and
 * {@code benchmark.millis}, the length of a turn.
 */
class DownloadsBenchmark {

    private static final int WARM_UP_ROUNDS = 2;
    private static final Path REPORT = Path.of("target/benchmark/downloads.md");

    @TempDir
    static Path directory;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Map<Long, String> sha256 = new TreeMap<>();
    private final Deque<AutoCloseable> started = new ArrayDeque<>();

    @Test
    void sideBySide() throws Exception {
        List<Workload> workloads = workloads();
        Duration turn = Duration.ofMillis(Integer.getInteger("benchmark.millis", 1_000));
        List<ComparedServer> servers =
                start(workloads.stream().map(Workload::size).distinct().toList());
        List<Measurement> measurements = new ArrayList<>();
        for (Workload workload : workloads) {
            for (ComparedServer server : servers) {
                if (server.workloads().test(workload)) {
                    verified(server, workload).ifPresent(measurements::add);
                }
            }
        }
        try (LoadClient client = new LoadClient()) {
            for (int round = 0; round < WARM_UP_ROUNDS; round++) {
                for (Measurement one : inTurn(measurements, round)) {
                    one.warmUp(client, turn);
                }
            }
            for (int round = 0; round < Integer.getInteger("benchmark.rounds", 5); round++) {
                for (Measurement one : inTurn(measurements, round)) {
                    one.measure(client, turn);
                }
            }
        }
        String report = new DownloadsReport(workloads, servers, measurements).toMarkdown();
        Files.createDirectories(REPORT.getParent());
        Files.writeString(REPORT, report);
        System.err.println(report);
    }

    private static List<Workload> workloads() {
        return Workload.all().stream()
                .filter(chosen("benchmark.sizes", workload -> Workload.label(workload.size())))
                .filter(chosen("benchmark.connections", workload -> Integer.toString(workload.connections())))
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

    private List<ComparedServer> start(List<Long> sizes) throws Exception {
        Path files = Files.createDirectory(directory.resolve("files"));
        TestIssuer issuer = opened(new TestIssuer());
        List<ComparedServer> servers = new ArrayList<>();
        for (String name : BenchmarkStore.chosen()) {
            BenchmarkStore store = opened(BenchmarkStore.start(name, directory));
            LoadedServer server = opened(LoadedServer.start(store, issuer, ComparedServer.HEAP, sizes));
            if (servers.isEmpty()) {
                for (long size : sizes) {
                    export(server, size, files);
                }
            }
            servers.add(ComparedServer.ours(server, store));
        }
        servers.add(opened(ComparedServer.stock(files, directory)));
        if (sizes.contains(Workload.LARGE)) {
            BenchmarkStore postgresql = opened(BenchmarkStore.onPostgresql("stock-database", directory));
            servers.add(opened(ComparedServer.stockOnDatabase(files, postgresql)));
        }
        servers.add(opened(ComparedServer.jetty(files, directory)));
        ComparedServer.nginx(files, directory)
                .ifPresentOrElse(
                        nginx -> servers.add(opened(nginx)),
                        () -> System.err.println("nginx is not on the PATH and is left out"));
        return servers;
    }

    private <T extends AutoCloseable> T opened(T one) {
        started.push(one);
        return one;
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable one : started) {
            one.close();
        }
    }

    /** What one server has is what the others serve, the small files with a compressed file beside them. */
    private void export(LoadedServer server, long size, Path files) throws IOException, InterruptedException {
        Path file = files.resolve(size + ".ndjson");
        assertThat(http.send(get(server.download(size)), BodyHandlers.ofFile(file))
                        .statusCode())
                .isEqualTo(200);
        sha256.put(size, server.file(size).sha256());
        if (size <= Workload.LARGE) {
            try (OutputStream compressed =
                    new GZIPOutputStream(Files.newOutputStream(files.resolve(size + ".ndjson.gz")))) {
                Files.copy(file, compressed);
            }
        }
    }

    /** Nothing where compressed content was asked for and is not to be had. */
    private Optional<Measurement> verified(ComparedServer server, Workload workload)
            throws IOException, InterruptedException {
        LoadRequest request = server.files().apply(workload.size());
        if (workload.gzip()) {
            request = request.with("Accept-Encoding", "gzip");
        }
        HttpResponse<InputStream> response = http.send(get(request), BodyHandlers.ofInputStream());
        String what = server.name() + ": " + workload.label();
        assertThat(response.statusCode()).as(what).isEqualTo(200);
        boolean compressed = response.headers()
                .firstValue("Content-Encoding")
                .filter("gzip"::equals)
                .isPresent();
        try (InputStream body = response.body()) {
            assertThat(SeededFile.sha256Of(compressed ? new GZIPInputStream(body) : body))
                    .as(what)
                    .isEqualTo(sha256.get(workload.size()));
        }
        long length = response.headers().firstValueAsLong("Content-Length").orElse(-1);
        return compressed == workload.gzip()
                ? Optional.of(new Measurement(server, workload, request, length))
                : Optional.empty();
    }

    private static HttpRequest get(LoadRequest request) {
        HttpRequest.Builder get = HttpRequest.newBuilder(request.uri());
        request.headers().forEach(get::header);
        return get.build();
    }
}
