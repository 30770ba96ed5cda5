/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.hapibinary.server.client.Await;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.ServerProcess;
import org.hapibinary.server.world.ManyObservations;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two servers on one PostgreSQL and one store, restarted one after the other under a steady load. System properties:
 * {@code restart.downloads} (50) and {@code restart.exports} (5) at once, {@code restart.rounds} (1). Run it by
 * {@code testing/rolling-restart.sh}.
 */
class RollingRestartBenchmark {

    private static final int PATIENTS = 1_000;
    private static final int OBSERVATIONS = 20_000;
    private static final String KICK_OFF = "/$export?_type=Patient,Observation,Encounter,Location";
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Duration BETWEEN_RESTARTS = Duration.ofSeconds(10);

    @TempDir
    static Path directory;

    @Test
    void aRollingRestartLosesNothing() throws Exception {
        int downloading = Integer.getInteger("restart.downloads", 50);
        int exporting = Integer.getInteger("restart.exports", 5);
        int rounds = Integer.getInteger("restart.rounds", 1);
        List<Integer> ports = List.of(FreePorts.next(), FreePorts.next());
        ServerProcess[] running = new ServerProcess[ports.size()];
        try (ServersOnPostgres servers = new ServersOnPostgres(
                directory,
                "hapi.binary.bulk-export.file-resources=10000",
                "hapi.binary.limits.downloads-per-client=" + 2 * downloading,
                "hapi.binary.sweep-interval=5s",
                "spring.lifecycle.timeout-per-shutdown-phase=10s")) {
            running[0] = servers.start("server0", ports.get(0));
            ManyObservations records =
                    new ManyObservations(servers.client(ports.get(0), "system/*.*"), servers.database(), PATIENTS);
            records.loadPatientsWithOrigins();
            records.loadObservations(OBSERVATIONS);
            running[1] = servers.start("server1", ports.get(1));
            ExportClient client = servers.client(ports.get(0), "system/*.rs");
            String manifest = client.awaitEnd(client.startExport(KICK_OFF)).body();

            RestartLoad load = new RestartLoad(ports, client.authorization());
            load.begin(downloading, manifest, exporting, KICK_OFF, RestartLoad.lines(manifest));
            try (load) {
                LockSupport.parkNanos(BETWEEN_RESTARTS.toNanos());
                for (int restart = 0; restart < rounds * ports.size(); restart++) {
                    int which = restart % ports.size();
                    ServerProcess stopped = running[which];
                    long begun = System.nanoTime();
                    stopped.terminate();
                    Await.until("the end of the process", PATIENCE, () -> !stopped.isAlive());
                    long ended = System.nanoTime();
                    running[which] = servers.start("server" + which, ports.get(which));
                    System.out.printf(
                            "server %d: stopped in %.1f s, ready again after %.1f s%n",
                            which, (ended - begun) / 1e9, (System.nanoTime() - ended) / 1e9);
                    LockSupport.parkNanos(BETWEEN_RESTARTS.toNanos());
                }
            }
            System.out.printf(
                    "downloads %d (%d MB), resumed %d, not finished %d; exports %d, kick-offs repeated %d, lost %d%n",
                    load.downloads.get(),
                    load.bytes.get() / 1_000_000,
                    load.resumed.get(),
                    load.unfinished.get(),
                    load.exports.get(),
                    load.repeated.get(),
                    load.lost.get());
            assertThat(load.unfinished.get())
                    .as("downloads that no retry has finished")
                    .isZero();
            assertThat(load.lost.get())
                    .as("exports that were lost or are not exact")
                    .isZero();
        } finally {
            for (ServerProcess server : running) {
                if (server != null) {
                    server.close();
                }
            }
        }
    }
}
