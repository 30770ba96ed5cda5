/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.download;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.host.SeededFile;
import org.hapibinary.server.host.TestCertificate;
import org.hapibinary.server.load.LoadRequest;
import org.hapibinary.server.load.Protocol;

/** All servers that a benchmark compares, running, with the same files. */
final class ComparedServers implements Closeable {

    private static final String FILESYSTEM = "filesystem";

    private final List<Workload> workloads;
    private final Path directory;
    private final Path files;
    private final TestCertificate certificate;
    private final HttpClient http;
    private final TestIssuer issuer = new TestIssuer();
    private final Map<Long, String> sha256 = new TreeMap<>();
    private final Deque<Closeable> started = new ArrayDeque<>(List.of(issuer::close));
    private final List<ComparedServer> all = new ArrayList<>();
    private final List<String> leftOut = new ArrayList<>();

    /** @param directory for all that belongs to them */
    ComparedServers(List<Workload> workloads, Path directory) throws Exception {
        this.workloads = workloads;
        this.directory = directory;
        files = Files.createDirectory(directory.resolve("files"));
        certificate = TestCertificate.in(directory);
        http = HttpClient.newBuilder().sslContext(certificate.trust()).build();
    }

    void start() throws Exception {
        List<Long> sizes = workloads.stream().map(Workload::size).distinct().toList();
        for (String name : BenchmarkStore.chosen()) {
            BenchmarkStore store = opened(BenchmarkStore.start(name, directory));
            LoadedServer server = opened(LoadedServer.start(store, issuer, ComparedServer.HEAP, sizes));
            if (all.isEmpty()) {
                for (long size : sizes) {
                    export(server, size);
                }
            }
            all.add(ComparedServer.ours(server, store));
            if (name.equals(FILESYSTEM)) {
                startWithTls();
                startOnTomcat(sizes);
            }
        }
        all.add(opened(ComparedServer.stock(files, directory)));
        if (sizes.contains(Workload.LARGE)) {
            BenchmarkStore postgresql = opened(BenchmarkStore.onPostgresql("stock-database", directory));
            all.add(opened(ComparedServer.stockOnDatabase(files, postgresql)));
        }
        all.add(opened(ComparedServer.jetty(files, directory)));
        Optional<NginxServer> nginx = NginxServer.find();
        if (nginx.isPresent()) {
            all.add(opened(nginx.get().start(files, directory, certificate)));
        } else {
            leftOut.add("nginx is not on the PATH");
        }
    }

    /** With files of its own, and of the sizes that are asked for over TLS. */
    private void startWithTls() throws IOException {
        List<Long> sizes = workloads.stream()
                .filter(workload -> !workload.isPlain())
                .map(Workload::size)
                .distinct()
                .toList();
        if (!sizes.isEmpty()) {
            BenchmarkStore store = opened(BenchmarkStore.start(FILESYSTEM, directory.resolve("tls")));
            LoadedServer server =
                    opened(LoadedServer.startWithTls(store, issuer, ComparedServer.HEAP, sizes, certificate));
            all.add(ComparedServer.oursWithTls(server, store));
        }
    }

    /** With files of its own. */
    private void startOnTomcat(List<Long> sizes) throws IOException {
        Optional<TomcatHost> tomcat = TomcatHost.find();
        if (tomcat.isPresent()) {
            BenchmarkStore store = opened(BenchmarkStore.start(FILESYSTEM, directory.resolve("tomcat")));
            LoadedServer server = opened(
                    LoadedServer.start(store, issuer, false, sizes, tomcat.get().launch(ComparedServer.HEAP, files)));
            all.add(ComparedServer.onTomcat(server, store));
            all.add(ComparedServer.bareOnTomcat(server));
        } else {
            leftOut.add(TomcatHost.NEEDED);
        }
    }

    /** What one server has is what the others serve, the small files with a compressed file beside them. */
    private void export(LoadedServer server, long size) throws IOException, InterruptedException {
        Path file = files.resolve(size + ".ndjson");
        HttpRequest request = get(server.download(size), HttpClient.Version.HTTP_1_1);
        assertThat(http.send(request, BodyHandlers.ofFile(file)).statusCode()).isEqualTo(200);
        sha256.put(size, server.file(size).sha256());
        if (size <= Workload.LARGE) {
            try (OutputStream compressed =
                    new GZIPOutputStream(Files.newOutputStream(files.resolve(size + ".ndjson.gz")))) {
                Files.copy(file, compressed);
            }
        }
    }

    private <T extends Closeable> T opened(T one) {
        started.push(one);
        return one;
    }

    /** The last of them is what the others are held against. */
    List<ComparedServer> all() {
        return all;
    }

    /** Why there are not more of them. */
    List<String> leftOut() {
        return leftOut;
    }

    /** For other clients: each server with its process ids, and with the URL and the headers of each plain file. */
    String addresses() {
        StringBuilder text = new StringBuilder();
        for (ComparedServer server : all) {
            text.append(server.name()).append(", processes ");
            text.append(server.processes().ids()).append('\n');
            Map<LoadRequest, String> sizes = new LinkedHashMap<>();
            workloads.stream()
                    .filter(server.workloads())
                    .filter(Workload::isPlain)
                    .forEach(workload -> sizes.put(server.requests().apply(workload), Workload.label(workload.size())));
            sizes.forEach((request, size) -> {
                text.append("  ").append(size).append("  ").append(request.uri());
                request.headers().forEach((name, value) -> text.append("  " + name + ": " + value));
                text.append('\n');
            });
        }
        return text.toString();
    }

    /** Each server under each workload that it is put under, when it has sent the bytes that it should. */
    List<Measurement> measurements() throws IOException, InterruptedException {
        List<Measurement> measurements = new ArrayList<>();
        for (Workload workload : workloads) {
            for (ComparedServer server : all) {
                if (server.workloads().test(workload)) {
                    verified(server, workload).ifPresent(measurements::add);
                }
            }
        }
        return measurements;
    }

    /** Nothing where compressed content was asked for and is not to be had. */
    private Optional<Measurement> verified(ComparedServer server, Workload workload)
            throws IOException, InterruptedException {
        LoadRequest request = server.requests().apply(workload);
        if (workload.gzip()) {
            request = request.with("Accept-Encoding", "gzip");
        }
        HttpClient.Version version =
                workload.protocol() == Protocol.HTTP2 ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1;
        HttpResponse<InputStream> response = http.send(get(request, version), BodyHandlers.ofInputStream());
        String what = server.name() + ": " + workload.label();
        assertThat(response.statusCode()).as(what).isEqualTo(200);
        assertThat(response.version()).as(what).isEqualTo(version);
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

    private static HttpRequest get(LoadRequest request, HttpClient.Version version) {
        HttpRequest.Builder get = HttpRequest.newBuilder(request.uri()).version(version);
        request.headers().forEach(get::header);
        return get.build();
    }

    @Override
    public void close() throws IOException {
        for (Closeable one : started) {
            one.close();
        }
    }
}
