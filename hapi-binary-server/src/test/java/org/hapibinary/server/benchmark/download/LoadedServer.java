/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.download;

import java.io.IOException;
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
import org.hapibinary.server.load.LoadClient;
import org.hapibinary.server.load.LoadRequest;

/** The real server in a process of its own, with files of any size in it and a token that is good for them all. */
final class LoadedServer implements AutoCloseable {

    private static final String CLIENT = "bench";
    private static final Duration TOKEN_LIFE = Duration.ofHours(2);

    private final ServerProcess process;
    private final Map<Long, SeededFile> files;
    private final String token;

    private LoadedServer(ServerProcess process, Map<Long, SeededFile> files, String token) {
        this.process = process;
        this.files = files;
        this.token = token;
    }

    /**
     * Puts the files into the store and starts the server.
     *
     * @param heap a JVM option such as {@code -Xmx1g}
     * @param sizes of the files, in bytes
     */
    static LoadedServer start(BenchmarkStore store, TestIssuer issuer, String heap, List<Long> sizes)
            throws IOException {
        int port = RunningServer.freePort();
        String[] properties = Stream.concat(
                        store.properties().stream(), Stream.of("hapi.binary.authorization.issuer=" + issuer.url()))
                .toArray(String[]::new);
        Map<Long, SeededFile> files = new TreeMap<>();
        try (RunningServer server = RunningServer.startWithoutDemo(port, store.directory(), properties)) {
            for (long size : sizes) {
                files.put(size, SeededFile.in(server, size, issuer.url(), CLIENT));
            }
        }
        String token = TestIssuer.signed(
                issuer.key(),
                issuer.claims(
                        "http://localhost:" + port + "/fhir",
                        CLIENT,
                        "system/*.rs",
                        claims -> claims.expirationTime(Date.from(Instant.now().plus(TOKEN_LIFE)))));
        ServerProcess process = ServerProcess.start(
                heap, store.directory(), port, RunningServer.argumentsWithoutDemo(port, store.directory(), properties));
        return new LoadedServer(process, files, token);
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
        return new LoadRequest(process.port(), "/fhir" + path, Map.of("Authorization", "Bearer " + token));
    }

    /** A client that downloads by other means than {@link LoadClient}. */
    ExportClient client() {
        return ExportClient.withBearer(process.port(), token);
    }

    ServerProcess process() {
        return process;
    }

    @Override
    public void close() {
        process.close();
    }
}
