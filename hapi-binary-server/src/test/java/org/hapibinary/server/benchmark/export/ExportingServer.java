/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.StreamSupport;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.client.Await;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.ProcessGroup;
import org.hapibinary.server.host.ServerProcess;
import org.hapibinary.testing.FreePorts;

/**
 * A server in a process of its own that exports when it is its turn and is stopped (SIGSTOP) in between, with a
 * database of its own in a PostgreSQL of which no other database is used meanwhile: on one database the servers would
 * take each other's chunks of HAPI's job.
 */
final class ExportingServer implements AutoCloseable {

    private static final Duration BETWEEN_POLLS = Duration.ofMillis(100);
    private static final Duration PATIENCE = Duration.ofHours(3);
    private static final Duration TOKEN_LIFE = Duration.ofHours(12);
    private static final int POLLS_PER_SECOND = 10;

    /** Under way, or asked too often. */
    private static final Set<Integer> RUNNING = Set.of(202, 429);

    private final boolean ours;
    private final ServerProcess process;
    private final ExportClient client;
    private final ExportDatabase database;
    private final long lastLoaded;

    private ExportingServer(boolean ours, ServerProcess process, ExportClient client, ExportDatabase database)
            throws SQLException {
        this.ours = ours;
        this.process = process;
        this.client = client;
        this.database = database;
        this.lastLoaded = database.number("select max(res_id) from hfj_resource");
    }

    /** HAPI's own job, without the plugin. */
    static ExportingServer stock(Path parent, ExportDatabase database, String heap) throws Exception {
        Path directory = Files.createDirectories(parent.resolve("stock"));
        int port = FreePorts.next();
        List<String> command = ServerProcess.program(StockExportServer.class, heap);
        command.addAll(arguments(port, database, StockExportServer.PROFILE));
        command.add("--hapi.binary.enabled=false");
        ServerProcess process = ServerProcess.launch(command, directory, port, "/actuator/health/readiness");
        return new ExportingServer(false, process, ExportClient.nobody(port), database);
    }

    /** With the plugin, on a filesystem store. */
    static ExportingServer ours(Path parent, ExportDatabase database, String heap, TestIssuer issuer) throws Exception {
        Path directory = Files.createDirectories(parent.resolve("ours"));
        int port = FreePorts.next();
        List<String> arguments = arguments(port, database, InclusionHookSwitch.PROFILE);
        arguments.add("--hapi.binary.authorization.issuer=" + issuer.url());
        arguments.add("--hapi.binary.storage.filesystem.directory=" + directory.resolve("binary"));
        ServerProcess process = ServerProcess.start(heap, directory, port, arguments);
        String token = TestIssuer.signed(
                issuer.key(),
                issuer.claims(
                        "http://localhost:" + port + "/fhir",
                        "client",
                        "system/*.rs",
                        claims -> claims.expirationTime(Date.from(Instant.now().plus(TOKEN_LIFE)))));
        return new ExportingServer(true, process, ExportClient.withBearer(port, token), database);
    }

    private static List<String> arguments(int port, ExportDatabase database, String profile) {
        return new ArrayList<>(List.of(
                "--server.address=127.0.0.1",
                "--server.port=" + port,
                "--spring.profiles.active=" + profile,
                "--spring.datasource.url=" + database.url(),
                "--spring.datasource.username=postgres",
                "--management.endpoints.web.exposure.include=health,metrics"));
    }

    ExportClient client() {
        return client;
    }

    ServerProcess process() {
        return process;
    }

    ProcessGroup processes() {
        return process.processes();
    }

    boolean isOurs() {
        return ours;
    }

    /** What the host has registered decides how resources are read. */
    void parse(boolean parsed) {
        if (ours) {
            HttpResponse<String> response = client.get(origin() + InclusionHookSwitch.path(parsed));
            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        }
    }

    private String origin() {
        return client.base().replace("/fhir", "");
    }

    /** Since its start, as its meter says. */
    private long passedThrough() {
        HttpResponse<String> meter =
                client.get(origin() + "/actuator/metrics/hapi.binary.export.resources?tag=read:stored");
        return meter.statusCode() == 200
                ? ExportClient.json(meter.body())
                        .path("measurements")
                        .path(0)
                        .path("value")
                        .asLong()
                : 0;
    }

    /**
     * One export from its kick-off to its completion, of which nothing is left afterwards.
     *
     * @param eachSecond is done while it runs
     */
    ExportTurn export(ExportWorkload workload, ProcessGroup databaseProcesses, Task eachSecond) throws Exception {
        long stored = passedThrough();
        double serverCpu = processes().cpuSeconds();
        double databaseCpu = databaseProcesses.cpuSeconds();
        long begun = System.nanoTime();
        String jobId = client.startExport(workload.kickOff());
        HttpResponse<String> answer = awaitEnd(jobId, eachSecond);
        double seconds = (System.nanoTime() - begun) / 1e9;
        serverCpu = processes().cpuSeconds() - serverCpu;
        databaseCpu = databaseProcesses.cpuSeconds() - databaseCpu;
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonNode output = ExportClient.json(answer.body()).path("output");
        long bytes = ours
                ? sumOf(output, file -> file.path("extension").path("contentLength"))
                : database.bytesOfBinariesAfter(lastLoaded);
        long lines = ours ? sumOf(output, file -> file.path("count")) : database.linesOfBinariesAfter(lastLoaded);
        assertThat(lines).isEqualTo(workload.resources());
        forget(jobId);
        return new ExportTurn(seconds, serverCpu, databaseCpu, output.size(), bytes, passedThrough() - stored);
    }

    private HttpResponse<String> awaitEnd(String jobId, Task eachSecond) throws Exception {
        Instant deadline = Instant.now().plus(PATIENCE);
        HttpResponse<String> answer = client.status(jobId);
        for (int look = 1; RUNNING.contains(answer.statusCode()); look++) {
            assertThat(Instant.now()).isBefore(deadline);
            LockSupport.parkNanos(BETWEEN_POLLS.toNanos());
            if (look % POLLS_PER_SECOND == 0) {
                eachSecond.run();
            }
            answer = client.status(jobId);
        }
        return answer;
    }

    private static long sumOf(JsonNode output, Function<JsonNode, JsonNode> figure) {
        return StreamSupport.stream(output.spliterator(), false)
                .mapToLong(file -> figure.apply(file).asLong())
                .sum();
    }

    private void forget(String jobId) throws Exception {
        if (ours) {
            assertThat(client.send("DELETE", "/$export-poll-status?_jobId=" + jobId, "")
                            .statusCode())
                    .isEqualTo(202);
            Await.until(
                    "the erasure",
                    PATIENCE,
                    () -> database.number("select count(*) from hbp_export where erased_at is null") == 0);
        }
        database.forgetWhatFollowed(lastLoaded);
    }

    @Override
    public void close() {
        process.close();
    }

    /** Something to be done. */
    interface Task {
        void run() throws Exception;
    }
}
