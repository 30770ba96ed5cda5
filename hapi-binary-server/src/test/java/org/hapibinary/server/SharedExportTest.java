/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Servers that share a database and a store share the work of one export. System properties: {@code shared.observations},
 * how many there are (40,000), and {@code shared.file-resources}, the most in a file (100): many small files, so that the
 * export takes longer than a server needs to start.
 */
class SharedExportTest {

    private static final int OBSERVATIONS = Integer.getInteger("shared.observations", 40_000);
    private static final int FILE_RESOURCES = Integer.getInteger("shared.file-resources", 100);
    private static final MadeUpRecords RECORDS = new MadeUpRecords(1_000, Map.of("Observation", OBSERVATIONS));
    private static final String EXPORT = "/$export?_type=Patient,Observation";
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Pattern NAME = Pattern.compile("This server is (\\S+)");

    @TempDir
    static Path directory;

    private static ServersOnPostgres servers;

    @BeforeAll
    static void load() throws Exception {
        servers = new ServersOnPostgres(
                directory,
                "hapi.binary.bulk-export.file-resources=" + FILE_RESOURCES,
                // a server that is killed is waited for that long
                "hapi.binary.bulk-export.stalled-after=5s",
                "hapi.binary.sweep-interval=1s");
        try (ServerProcess loader = servers.start("loader", RunningServer.freePort())) {
            RECORDS.loadInto(servers.client(loader.port(), "system/*.*"));
        }
    }

    @AfterAll
    static void stop() throws Exception {
        servers.close();
    }

    @Test
    void eachOfTwoServersWritesAtLeastAQuarterOfTheFiles() throws Exception {
        try (ServerProcess a = servers.start("a", RunningServer.freePort());
                ServerProcess b = servers.start("b", RunningServer.freePort())) {
            String jobId = reader(a).startExport(EXPORT);

            int files = assertExact(reader(b), jobId);

            Map<String, Integer> written = filesByServer(jobId);
            assertThat(written.getOrDefault("a", 0)).as("a of %s", written).isGreaterThanOrEqualTo(files / 4);
            assertThat(written.getOrDefault("b", 0)).as("b of %s", written).isGreaterThanOrEqualTo(files / 4);
        }
    }

    @Test
    void anExportOneOfWhoseServersIsKilledHalfWayCompletesAndAServerThatStartsMeanwhileTakesPart() throws Exception {
        int thirdPort = RunningServer.freePort();
        try (ServerProcess b = servers.start("survivor", RunningServer.freePort())) {
            ServerProcess a = servers.start("victim", RunningServer.freePort());
            CompletableFuture<ServerProcess> third = new CompletableFuture<>();
            try {
                String jobId = reader(a).startExport(EXPORT);
                third = CompletableFuture.supplyAsync(() -> startUnchecked("third", thirdPort));
                int half = (OBSERVATIONS / FILE_RESOURCES) / 2;
                Await.until("half of the files", PATIENCE, () -> available(jobId) >= half);
                a.kill();
                System.out.printf("killed when %d files were written%n", available(jobId));

                assertExact(reader(b), jobId);

                Map<String, Integer> written = filesByServer(jobId);
                assertThat(written.getOrDefault("third", 0))
                        .as("third of %s", written)
                        .isPositive();
            } finally {
                a.kill();
                third.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).close();
            }
        }
    }

    private static ServerProcess startUnchecked(String name, int port) {
        try {
            return servers.start(name, port);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ExportClient reader(ServerProcess server) {
        return servers.client(server.port(), "system/*.rs");
    }

    private static long available(String jobId) throws Exception {
        return servers.count("HBP_EXPORT_FILE join HBP_EXPORT using (EXPORT_ID) where JOB_ID = '" + jobId
                + "' and HBP_EXPORT_FILE.STATE = 'AVAILABLE'");
    }

    /** @return how many files the export has */
    private static int assertExact(ExportClient client, String jobId) throws Exception {
        Instant begun = Instant.now();
        var complete = client.awaitEnd(jobId);
        System.out.printf("complete after %s%n", Duration.between(begun, Instant.now()));
        ReadExport export = ReadExport.of(client, complete, FILE_RESOURCES);
        export.assertEachOnce(RECORDS.ids());
        assertThat(available(jobId)).isEqualTo(export.binaries().size());
        return export.binaries().size();
    }

    /** By the names that the servers' directories have. */
    private static Map<String, Integer> filesByServer(String jobId) throws Exception {
        Map<String, String> directories = new HashMap<>();
        for (String name : List.of("a", "b", "victim", "survivor", "third")) {
            for (String line : servers.log(name)) {
                var said = NAME.matcher(line);
                if (said.find()) {
                    directories.put(said.group(1), name);
                }
            }
        }
        Map<String, Integer> files = new HashMap<>();
        for (String server : servers.query("select HBP_EXPORT_CHUNK.SERVER from HBP_EXPORT_FILE"
                + " join HBP_EXPORT_CHUNK using (CHUNK_ID) join HBP_EXPORT on HBP_EXPORT.EXPORT_ID ="
                + " HBP_EXPORT_CHUNK.EXPORT_ID where HBP_EXPORT.JOB_ID = '" + jobId
                + "' and HBP_EXPORT_FILE.STATE = 'AVAILABLE'")) {
            files.merge(directories.getOrDefault(server, server), 1, Integer::sum);
        }
        System.out.printf("files by server: %s%n", files);
        return files;
    }
}
