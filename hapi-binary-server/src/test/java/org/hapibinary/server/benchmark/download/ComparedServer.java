/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.download;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.function.Predicate;
import org.hapibinary.server.host.ProcessGroup;
import org.hapibinary.server.host.RunningServer;
import org.hapibinary.server.host.ServerProcess;
import org.hapibinary.server.load.LoadRequest;

/**
 * One of the servers that are compared, in a process of its own, the JVMs with the same heap.
 *
 * @param name heads its column
 * @param workloads it is put under
 * @param files a download of the file of a size
 * @param processes whose CPU time and memory count
 */
record ComparedServer(
        String name,
        Predicate<Workload> workloads,
        LongFunction<LoadRequest> files,
        ProcessGroup processes,
        Closeable server)
        implements Closeable {

    static final String HEAP = "-Xmx1g";

    /** The file of {@code files} that tells that a server of static files is ready. */
    private static final String READY = "ready";

    static ComparedServer ours(LoadedServer server, BenchmarkStore store) {
        return new ComparedServer(
                "hapi-binary, " + store.name(),
                workload -> true,
                server::download,
                server.process().processes().and(store.processes()),
                server::close);
    }

    /** HAPI's own operation on a filesystem and the embedded H2. It does not compress. */
    static ComparedServer stock(Path files, Path parent) throws IOException {
        Path directory = Files.createDirectories(parent.resolve("stock-filesystem"));
        return stock(
                "stock, filesystem",
                workload -> !workload.gzip(),
                files,
                directory,
                "filesystem",
                "--spring.datasource.url=jdbc:h2:file:" + directory.resolve("h2/fhir"));
    }

    /**
     * HAPI's own operation on PostgreSQL. It holds a file in memory more than once, so that it gets one of moderate
     * size and is asked for it once at a time.
     */
    static ComparedServer stockOnDatabase(Path files, BenchmarkStore postgresql) throws IOException {
        Path own = Files.createDirectory(postgresql.directory().resolve("files"));
        String file = Workload.LARGE + ".ndjson";
        Files.createLink(own.resolve(file), files.resolve(file));
        ComparedServer server = stock(
                "stock, database",
                workload -> workload.size() == Workload.LARGE && workload.connections() == 1 && !workload.gzip(),
                own,
                postgresql.directory(),
                "database",
                postgresql.properties().stream()
                        .map(property -> "--" + property)
                        .toArray(String[]::new));
        return new ComparedServer(
                server.name,
                server.workloads,
                server.files,
                server.processes.and(postgresql.processes()),
                server.server);
    }

    private static ComparedServer stock(
            String name,
            Predicate<Workload> workloads,
            Path files,
            Path directory,
            String storage,
            String... database) {
        int port = RunningServer.freePort();
        List<String> command = ServerProcess.program(StockServer.class, HEAP);
        command.addAll(StockServer.arguments(port, storage, files, directory.resolve("binary")));
        command.addAll(Arrays.asList(database));
        ServerProcess server = ServerProcess.launch(command, directory, port, "/actuator/health/readiness");
        return new ComparedServer(
                name,
                workloads,
                size -> new LoadRequest(port, "/fhir/Binary/" + size + "/$binary-access-read?path=Binary", Map.of()),
                server.processes(),
                server::close);
    }

    static ComparedServer jetty(Path files, Path parent) throws IOException {
        Path directory = Files.createDirectories(parent.resolve("jetty"));
        int port = RunningServer.freePort();
        List<String> command = ServerProcess.program(JettyFileServer.class, HEAP);
        command.addAll(List.of(Integer.toString(port), files.toString()));
        return ofStaticFiles("Jetty DefaultServlet", files, command, directory, port);
    }

    /** Nothing where there is no nginx. */
    static Optional<ComparedServer> nginx(Path files, Path parent) throws IOException {
        Optional<Path> program = Arrays.stream(System.getenv("PATH").split(":", -1))
                .map(folder -> Path.of(folder, "nginx"))
                .filter(Files::isExecutable)
                .findFirst();
        if (program.isEmpty()) {
            return Optional.empty();
        }
        Path directory = Files.createDirectories(parent.resolve("nginx"));
        int port = RunningServer.freePort();
        Path configuration =
                Files.writeString(directory.resolve("nginx.conf"), nginxConfiguration(port, files, directory));
        List<String> command = new ArrayList<>(
                List.of(program.get().toString(), "-p", directory.toString(), "-c", configuration.toString()));
        return Optional.of(ofStaticFiles("nginx", files, command, directory, port));
    }

    private static String nginxConfiguration(int port, Path files, Path directory) {
        boolean root = System.getProperty("user.name").equals("root");
        return """
                %s
                daemon off;
                worker_processes auto;
                pid %s/nginx.pid;
                error_log stderr;
                events { worker_connections 4096; }
                http {
                    access_log off;
                    sendfile on;
                    tcp_nopush on;
                    keepalive_requests 1000000000;
                    gzip_static on;
                    client_body_temp_path %s; proxy_temp_path %s; fastcgi_temp_path %s; uwsgi_temp_path %s;
                    scgi_temp_path %s;
                    server { listen 127.0.0.1:%d; root %s; }
                }
                """
                .formatted(
                        root ? "user root;" : "",
                        directory,
                        directory,
                        directory,
                        directory,
                        directory,
                        directory,
                        port,
                        files);
    }

    private static ComparedServer ofStaticFiles(String name, Path files, List<String> command, Path directory, int port)
            throws IOException {
        Files.writeString(files.resolve(READY), "yes");
        ServerProcess server = ServerProcess.launch(command, directory, port, "/" + READY);
        return new ComparedServer(
                name,
                workload -> true,
                size -> new LoadRequest(port, "/" + size + ".ndjson", Map.of()),
                server.processes(),
                server::close);
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
