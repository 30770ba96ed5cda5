/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.download;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.hapibinary.server.host.ProcessGroup;
import org.hapibinary.server.host.ServerProcess;
import org.hapibinary.server.load.LoadRequest;
import org.hapibinary.testing.FreePorts;

/**
 * One of the servers that are compared, in a process of its own, the JVMs with the same heap.
 *
 * @param name heads its column, which servers with other workloads may share
 * @param workloads it is put under
 * @param requests what it is asked for under a workload, but for compression
 * @param processes whose CPU time and memory count
 */
record ComparedServer(
        String name,
        Predicate<Workload> workloads,
        Function<Workload, LoadRequest> requests,
        ProcessGroup processes,
        Closeable server)
        implements Closeable {

    static final String HEAP = "-Xmx1g";

    /** The file of {@code files} that tells that a server of static files is ready. */
    static final String READY = "ready";

    static ComparedServer ours(LoadedServer server, BenchmarkStore store) {
        return ours("hapi-binary, " + store.name(), Workload::isPlain, server, store);
    }

    /** In the same column. */
    static ComparedServer oursWithTls(LoadedServer server, BenchmarkStore store) {
        return ours("hapi-binary, " + store.name(), workload -> !workload.isPlain(), server, store);
    }

    static ComparedServer onTomcat(LoadedServer server, BenchmarkStore store) {
        return ours("hapi-binary on Tomcat, " + store.name(), Workload::isPlain, server, store);
    }

    /**
     * Tomcat's own sendfile, called by a servlet that does nothing else, in the process of the plugin on Tomcat, which
     * it leaves to that one to stop.
     */
    static ComparedServer bareOnTomcat(LoadedServer tomcat) {
        return new ComparedServer(
                "bare servlet on Tomcat",
                workload -> workload.isPlain() && !workload.gzip(),
                workload -> new LoadRequest(
                        tomcat.download(workload.size()).port(), "/bare/" + workload.size() + ".ndjson", Map.of()),
                tomcat.process().processes(),
                () -> {});
    }

    private static ComparedServer ours(
            String name, Predicate<Workload> workloads, LoadedServer server, BenchmarkStore store) {
        return new ComparedServer(
                name,
                workloads,
                workload -> server.download(workload.size()),
                server.process().processes().and(store.processes()),
                server);
    }

    /** HAPI's own operation on a filesystem and the embedded H2. It does not compress. */
    static ComparedServer stock(Path files, Path parent) throws IOException {
        Path directory = Files.createDirectories(parent.resolve("stock-filesystem"));
        return stock(
                "stock, filesystem",
                workload -> workload.isPlain() && !workload.gzip(),
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
                workload -> workload.size() == Workload.LARGE
                        && workload.connections() == 1
                        && workload.keepAlive()
                        && workload.isPlain()
                        && !workload.gzip(),
                own,
                postgresql.directory(),
                "database",
                postgresql.properties().stream()
                        .map(property -> "--" + property)
                        .toArray(String[]::new));
        return new ComparedServer(
                server.name,
                server.workloads,
                server.requests,
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
        int port = FreePorts.next();
        List<String> command = ServerProcess.program(StockServer.class, HEAP);
        command.addAll(StockServer.arguments(port, storage, files, directory.resolve("binary")));
        command.addAll(Arrays.asList(database));
        ServerProcess server = ServerProcess.launch(command, directory, port, "/actuator/health/readiness");
        return new ComparedServer(
                name,
                workloads,
                workload -> new LoadRequest(
                        port, "/fhir/Binary/" + workload.size() + "/$binary-access-read?path=Binary", Map.of()),
                server.processes(),
                server::close);
    }

    static ComparedServer jetty(Path files, Path parent) throws IOException {
        Path directory = Files.createDirectories(parent.resolve("jetty"));
        int port = FreePorts.next();
        List<String> command = ServerProcess.program(JettyFileServer.class, HEAP);
        command.addAll(List.of(Integer.toString(port), files.toString()));
        Files.writeString(files.resolve(READY), "yes");
        ServerProcess server = ServerProcess.launch(command, directory, port, "/" + READY);
        return new ComparedServer(
                "Jetty DefaultServlet",
                Workload::isPlain,
                workload -> new LoadRequest(port, "/" + workload.size() + ".ndjson", Map.of()),
                server.processes(),
                server::close);
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
