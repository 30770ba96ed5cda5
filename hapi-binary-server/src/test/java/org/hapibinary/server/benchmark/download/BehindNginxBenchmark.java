/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.download;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import org.hapibinary.ProjectFolder;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.host.SeededFile;
import org.hapibinary.server.load.LoadRequest;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Slow clients download a file of 1 GiB through nginx, all at the same time: with {@code config/nginx.conf}, with
 * nginx's own settings, and with settings that have it read ahead whatever the server says. Needs nginx and curl on the
 * {@code PATH}. System properties choose less: {@code benchmark.mebibytes} and {@code benchmark.rate}, in curl's way of
 * writing it.
 */
class BehindNginxBenchmark {

    private static final long SIZE = Long.getLong("benchmark.mebibytes", 1024) * Workload.MEBIBYTE;
    private static final String RATE = System.getProperty("benchmark.rate", "4M");

    private static final String READING_AHEAD = "nginx that reads ahead";

    private static final String DEFAULTS =
            """
            server {
                listen 443;
                location /fhir/ {
                    proxy_pass http://127.0.0.1:8080;
                }
            }
            """;
    private static final String READS_AHEAD = DEFAULTS.replace(
            "proxy_pass",
            "proxy_ignore_headers X-Accel-Buffering; proxy_max_temp_file_size " + SIZE / 4 + "; proxy_pass");

    @TempDir
    static Path directory;

    private record Result(int exit, String said, String sha256, Duration time) {}

    @Test
    void slowClientsHaveTheWholeFile() throws Exception {
        Map<String, String> configurations = new LinkedHashMap<>();
        configurations.put(
                "config/nginx.conf", withoutTls(Files.readString(ProjectFolder.resolve("config/nginx.conf"))));
        configurations.put("nginx's defaults", DEFAULTS);
        configurations.put(READING_AHEAD, READS_AHEAD);
        ExecutorService clients = Executors.newCachedThreadPool();
        List<Process> proxies = new ArrayList<>();
        try (TestIssuer issuer = new TestIssuer();
                BenchmarkStore store = BenchmarkStore.start("filesystem", directory);
                LoadedServer server = LoadedServer.start(store, issuer, ComparedServer.HEAP, List.of(SIZE))) {
            LoadRequest download = server.download(SIZE);
            Map<String, Future<Result>> results = new LinkedHashMap<>();
            for (Map.Entry<String, String> configuration : configurations.entrySet()) {
                int port = FreePorts.next();
                proxies.add(nginx(configuration.getValue(), port, download.port()));
                LoadRequest behind = new LoadRequest(port, download.path(), download.headers());
                results.put(configuration.getKey(), clients.submit(() -> download(behind)));
            }
            for (Map.Entry<String, Future<Result>> result : results.entrySet()) {
                System.err.println(result.getKey() + ": " + result.getValue().get());
            }
            results.remove(READING_AHEAD); // nginx's doing, which nothing here can mend
            for (Map.Entry<String, Future<Result>> result : results.entrySet()) {
                assertThat(result.getValue().get().exit()).as(result.getKey()).isZero();
            }
        } finally {
            clients.shutdownNow();
            proxies.forEach(Process::destroy);
        }
    }

    private static String withoutTls(String configuration) {
        return configuration.replace("listen 443 ssl;", "listen 443;").replaceAll("(?m)^ *ssl_.*$", "");
    }

    private static Process nginx(String configuration, int port, int serverPort) throws IOException {
        Path folder = Files.createTempDirectory(directory, "nginx");
        UnaryOperator<String> temporary = name -> name + "_temp_path " + folder.resolve(name) + ";";
        boolean root = System.getProperty("user.name").equals("root");
        Path file = Files.writeString(
                folder.resolve("nginx.conf"),
                (root ? "user root;" : "") + "daemon off; pid " + folder.resolve("pid") + "; error_log stderr;"
                        + "events {} http { access_log off;" + temporary.apply("client_body") + temporary.apply("proxy")
                        + temporary.apply("fastcgi") + temporary.apply("uwsgi") + temporary.apply("scgi")
                        + configuration
                                .replace("listen 443;", "listen 127.0.0.1:" + port + ";")
                                .replace("127.0.0.1:8080", "127.0.0.1:" + serverPort)
                        + "}");
        return new ProcessBuilder("nginx", "-p", folder.toString(), "-c", file.toString())
                .inheritIO()
                .start();
    }

    private static Result download(LoadRequest request) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of("curl", "-sSf", "--retry-connrefused", "--retry", "5", "--limit-rate", RATE));
        request.headers().forEach((name, value) -> command.addAll(List.of("-H", name + ": " + value)));
        command.add(request.uri().toString());
        long begun = System.nanoTime();
        Process curl = new ProcessBuilder(command).start();
        try (InputStream content = curl.getInputStream()) {
            String sha256 = SeededFile.sha256Of(content);
            String said = String.join(" ", curl.errorReader().lines().toList());
            return new Result(curl.waitFor(), said, sha256, Duration.ofNanos(System.nanoTime() - begun));
        }
    }
}
