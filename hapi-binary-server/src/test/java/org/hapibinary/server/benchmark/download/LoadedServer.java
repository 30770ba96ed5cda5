/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.download;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.RunningServer;
import org.hapibinary.server.host.SeededFile;
import org.hapibinary.server.host.ServerProcess;
import org.hapibinary.server.host.TestCertificate;
import org.hapibinary.server.load.LoadClient;
import org.hapibinary.server.load.LoadRequest;
import org.hapibinary.testing.FreePorts;

/** The real server in a process of its own, with files of any size in it and a token that is good for them all. */
final class LoadedServer implements Closeable {

    private static final String CLIENT = "bench";
    private static final Duration TOKEN_LIFE = Duration.ofHours(2);

    private final ServerProcess process;
    private final Base base;
    private final Map<Long, SeededFile> files;
    private final String token;

    private LoadedServer(ServerProcess process, Base base, Map<Long, SeededFile> files, String token) {
        this.process = process;
        this.base = base;
        this.files = files;
        this.token = token;
    }

    /** Where clients find the server. */
    record Base(boolean tls, int port) {

        String url() {
            return (tls ? "https" : "http") + "://localhost:" + port + "/fhir";
        }
    }

    /** Starts a server whose files have been put into its store. */
    @FunctionalInterface
    interface Launch {
        /** @param properties of Spring Boot */
        ServerProcess at(Base base, Path directory, String... properties) throws IOException;
    }

    /**
     * Puts the files into the store and starts the server.
     *
     * @param heap a JVM option such as {@code -Xmx1g}
     * @param sizes of the files, in bytes
     */
    static LoadedServer start(BenchmarkStore store, TestIssuer issuer, String heap, List<Long> sizes)
            throws IOException {
        return start(
                store,
                issuer,
                false,
                sizes,
                (base, directory, properties) -> ServerProcess.start(
                        heap,
                        directory,
                        base.port(),
                        RunningServer.argumentsWithoutDemo(base.port(), directory, properties)));
    }

    /** Puts the files into the store and starts the server with TLS, HTTP/1.1 and HTTP/2. */
    static LoadedServer startWithTls(
            BenchmarkStore store, TestIssuer issuer, String heap, List<Long> sizes, TestCertificate certificate)
            throws IOException {
        return start(store, issuer, true, sizes, (base, directory, properties) -> {
            int managementPort = FreePorts.next();
            List<String> command = ServerProcess.command(heap);
            command.addAll(RunningServer.argumentsWithoutDemo(base.port(), directory, properties));
            command.addAll(List.of(
                    "--hapi.binary.base-url=" + base.url(),
                    "--server.http2.enabled=true",
                    "--server.ssl.key-store=" + certificate.keyStore(),
                    "--server.ssl.key-store-password=" + TestCertificate.PASSWORD,
                    "--management.server.port=" + managementPort,
                    "--management.server.ssl.enabled=false"));
            return ServerProcess.launch(command, directory, managementPort, "/actuator/health/readiness");
        });
    }

    /**
     * Has our server put the files into the store, and starts a server on it.
     *
     * @param tls whether that one speaks TLS
     */
    static LoadedServer start(BenchmarkStore store, TestIssuer issuer, boolean tls, List<Long> sizes, Launch launch)
            throws IOException {
        Base base = new Base(tls, FreePorts.next());
        String[] properties = Stream.concat(
                        store.properties().stream(),
                        Stream.of(
                                "hapi.binary.authorization.issuer=" + issuer.url(),
                                "hapi.binary.limits.downloads-per-client=1000")) // one client has all connections
                .toArray(String[]::new);
        Map<Long, SeededFile> files = new TreeMap<>();
        try (RunningServer server = RunningServer.startWithoutDemo(base.port(), store.directory(), properties)) {
            for (long size : sizes) {
                files.put(size, SeededFile.in(server, size, issuer.url(), CLIENT));
            }
        }
        String token = TestIssuer.signed(
                issuer.key(),
                issuer.claims(
                        base.url(),
                        CLIENT,
                        "system/*.rs",
                        claims -> claims.expirationTime(Date.from(Instant.now().plus(TOKEN_LIFE)))));
        return new LoadedServer(launch.at(base, store.directory(), properties), base, files, token);
    }

    /** The file of a size. */
    SeededFile file(long size) {
        return Objects.requireNonNull(files.get(size));
    }

    /** A download of the file of a size. */
    LoadRequest download(long size) {
        return get(file(size).path());
    }

    /** A read of the metadata of the file of a size. */
    LoadRequest metadata(long size) {
        return get("/Binary/" + file(size).binaryId());
    }

    private LoadRequest get(String path) {
        return new LoadRequest(base.tls(), base.port(), "/fhir" + path, Map.of("Authorization", "Bearer " + token));
    }

    /** A client that downloads by other means than {@link LoadClient}. */
    ExportClient client() {
        return ExportClient.withBearer(base.port(), token);
    }

    ServerProcess process() {
        return process;
    }

    @Override
    public void close() {
        process.close();
    }
}
