/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.hapibinary.server.client.Await;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.world.ManyObservations;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server that is killed between the kick-off and the end of an export, and is started again. System properties:
 * {@code kill.rounds}, how often (3), and {@code kill.seed} (12).
 */
class KilledAtAnyMomentTest {

    private static final int FILE_RESOURCES = 1_000;
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final int PATIENTS = 1_000;
    private static final int OBSERVATIONS = 18_000;
    private static final Map<String, Set<String>> RESOURCES = Map.of(
            "Patient", ManyObservations.ids("Patient", PATIENTS),
            "Encounter", ManyObservations.ids("Encounter", PATIENTS),
            "Location", ManyObservations.ids("Location", PATIENTS),
            "Observation", ManyObservations.ids("Observation", OBSERVATIONS));
    private static final String TYPES = "?_type=Patient,Observation,Encounter,Location";
    private static final List<String> KICK_OFFS = List.of("/Patient/$export" + TYPES, "/$export" + TYPES);

    /**
     * What a dead server had in work is waited for that long: with the default of two minutes a round would take
     * longer.
     */
    private static final String STALLED_AFTER = "hapi.binary.bulk-export.stalled-after=5s";

    @TempDir
    static Path directory;

    private final int rounds = Integer.getInteger("kill.rounds", 3);
    private final int port = FreePorts.next();

    /** How long an export takes, and how many files it has, when nobody disturbs it. */
    private record Undisturbed(long nanos, int files) {}

    @Test
    void anExportWhoseServerIsKilledAtAnyMomentCompletesWithEachResourceOnceAndNothingIsLeftOver() throws Exception {
        long seed = Long.getLong("kill.seed", 12L);
        System.out.printf("kill.seed=%d kill.rounds=%d%n", seed, rounds);
        try (ServersOnPostgres servers = new ServersOnPostgres(
                directory,
                "hapi.binary.bulk-export.file-resources=" + FILE_RESOURCES,
                STALLED_AFTER,
                "hapi.binary.sweep-interval=1s")) {
            List<String> jobs = new ArrayList<>();
            AutoCloseable server = servers.start("killed", port);
            try {
                ManyObservations records =
                        new ManyObservations(servers.client(port, "system/*.*"), servers.database(), PATIENTS);
                records.loadPatientsWithOrigins();
                records.loadObservations(OBSERVATIONS);
                List<Undisturbed> undisturbed = new ArrayList<>();
                for (String kickOff : KICK_OFFS) {
                    undisturbed.add(undisturbed(servers, kickOff, jobs));
                }
                List<Double> moments = moments(new Random(seed));
                int inTheMiddle = 0;
                for (int round = 0; round < rounds; round++) {
                    String jobId = reader(servers).startExport(KICK_OFFS.get(round % 2));
                    jobs.add(jobId);
                    await(moments.get(round), undisturbed.get(round % 2), servers, jobId);
                    server.close(); // a process is killed
                    inTheMiddle += whatWasKilled(servers, jobId, round, moments.get(round));
                    server = round == rounds - 1 ? servers.startHere(port) : servers.start("killed", port);
                    assertExact(servers, jobId);
                }
                assertThat(inTheMiddle).as("exports that had not ended").isGreaterThan(rounds / 2);
                assertNothingStaysAfterDeletion(servers, jobs);
            } finally {
                server.close();
            }
        }
    }

    private ExportClient reader(ServersOnPostgres servers) {
        return servers.client(port, "system/*.rs");
    }

    private Undisturbed undisturbed(ServersOnPostgres servers, String kickOff, List<String> jobs) throws Exception {
        long begun = System.nanoTime();
        String jobId = reader(servers).startExport(kickOff);
        jobs.add(jobId);
        HttpResponse<String> complete = reader(servers).awaitEnd(jobId);
        long nanos = System.nanoTime() - begun;
        ReadExport export = ReadExport.of(reader(servers), complete, FILE_RESOURCES);
        export.assertEachOnce(RESOURCES);
        System.out.printf(
                "undisturbed: %s takes %.1f s, %d files%n",
                kickOff, nanos / 1e9, export.binaries().size());
        return new Undisturbed(nanos, export.binaries().size());
    }

    /**
     * Fractions of an export's time. The first is its very beginning, the last its end, the others anywhere between.
     */
    private List<Double> moments(Random random) {
        return IntStream.range(0, rounds)
                .mapToObj(round ->
                        round == 0 ? 0 : round == rounds - 1 ? 1 : (round - 1 + random.nextDouble()) / (rounds - 2))
                .toList();
    }

    /** The end is not a matter of time: all files are written, and what completes an export is going on. */
    private static void await(double moment, Undisturbed export, ServersOnPostgres servers, String jobId)
            throws Exception {
        long moments = System.nanoTime() + (long) (moment * export.nanos());
        if (moment == 1) {
            while (files(servers, jobId, "AVAILABLE") < export.files() && !isComplete(servers, jobId)) {
                LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
            }
        } else {
            while (System.nanoTime() < moments) {
                LockSupport.parkNanos(moments - System.nanoTime());
            }
        }
    }

    private static long files(ServersOnPostgres servers, String jobId, String state) throws Exception {
        return servers.count("HBP_EXPORT_FILE join HBP_EXPORT using (EXPORT_ID) where JOB_ID = '" + jobId
                + "' and HBP_EXPORT_FILE.STATE = '" + state + "'");
    }

    private static boolean isComplete(ServersOnPostgres servers, String jobId) throws Exception {
        return servers.count("HBP_EXPORT where ENDED_AT is not null and JOB_ID = '" + jobId + "'") == 1;
    }

    /** @return 1 if the export had not ended when its server died */
    private static int whatWasKilled(ServersOnPostgres servers, String jobId, int round, double moment)
            throws Exception {
        boolean complete = isComplete(servers, jobId);
        System.out.printf(
                "round %d, killed at %.3f: %s, files available %d, in writing %d; chunks of HAPI's job: %s%n",
                round,
                moment,
                complete ? "complete" : "running",
                files(servers, jobId, "AVAILABLE"),
                files(servers, jobId, "WRITING"),
                servers.query("select TGT_STEP_ID || ' ' || STAT || ' ' || count(*) from BT2_WORK_CHUNK"
                        + " where INSTANCE_ID = '" + jobId + "' group by TGT_STEP_ID, STAT order by 1"));
        return complete ? 0 : 1;
    }

    private void assertExact(ServersOnPostgres servers, String jobId) throws Exception {
        long begun = System.nanoTime();
        HttpResponse<String> complete = reader(servers).awaitEnd(jobId);
        System.out.printf("complete %.1f s after the new start%n", (System.nanoTime() - begun) / 1e9);
        ReadExport export = ReadExport.of(reader(servers), complete, FILE_RESOURCES);
        export.assertEachOnce(RESOURCES);
        assertThat(files(servers, jobId, "AVAILABLE"))
                .as("files that can be downloaded")
                .isEqualTo(export.binaries().size());
        Await.until(
                "the erasure of what the dead server left in the store; there is "
                        + servers.stored().size(),
                PATIENCE,
                () -> files(servers, jobId, "WRITING") == 0
                        && files(servers, jobId, "DISCARDED") == 0
                        && servers.stored().equals(servers.known()));
        assertThat(servers.count("HFJ_RESOURCE where RES_TYPE = 'Binary'"))
                .as("HAPI's Binaries")
                .isZero();
    }

    private void assertNothingStaysAfterDeletion(ServersOnPostgres servers, List<String> jobs) throws Exception {
        for (String jobId : jobs) {
            assertThat(reader(servers)
                            .send("DELETE", "/$export-poll-status?_jobId=" + jobId, "")
                            .statusCode())
                    .isEqualTo(202);
        }
        Await.until(
                "the erasure of all exports",
                PATIENCE,
                () -> servers.stored().isEmpty() && servers.count("HBP_EXPORT where ERASED_AT is null") == 0);
        assertThat(servers.count("BT2_JOB_INSTANCE")).as("HAPI's jobs").isZero();
        assertThat(servers.count("BT2_WORK_CHUNK")).as("HAPI's chunks").isZero();
    }
}
