/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.resilience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.assertOutcome;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.jpaserver.chunk.ExportChunks;
import org.hapibinary.server.client.Await;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.PgBouncer;
import org.hapibinary.server.host.RecordedMessages;
import org.hapibinary.server.host.RunningServer;
import org.hapibinary.server.host.ServerProcess;
import org.hapibinary.server.world.ManyObservations;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Servers that share a database and a store share the work of one export, while some come and others go. The one that
 * is killed is a process. Between them and PostgreSQL is {@link PgBouncer}.
 */
class SharedExportTest {

    private static final int PATIENTS = 500;
    private static final int OBSERVATIONS = 12_000;
    private static final int FILE_RESOURCES = 25;
    private static final Map<String, Set<String>> RESOURCES = Map.of(
            "Patient", ManyObservations.ids("Patient", PATIENTS),
            "Observation", ManyObservations.ids("Observation", OBSERVATIONS));
    private static final int FILES = (PATIENTS + OBSERVATIONS) / FILE_RESOURCES;
    private static final String EXPORT = "/$export?_type=Patient,Observation";
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Pattern NAME = Pattern.compile("This server is (\\S+)");

    @TempDir
    static Path directory;

    private final ServersOnPostgres servers;

    /** Of servers, by what they call themselves. */
    private final Map<String, String> names = new HashMap<>();

    SharedExportTest() throws IOException {
        servers = ServersOnPostgres.behindPgBouncer(
                directory,
                "hapi.binary.bulk-export.file-resources=" + FILE_RESOURCES,
                // a server that is killed is waited for that long
                "hapi.binary.bulk-export.stalled-after=5s",
                "hapi.binary.sweep-interval=1s");
    }

    @Test
    void serversThatComeAndGoShareAnExport() throws Exception {
        try (servers;
                ServerProcess a = servers.start("a", FreePorts.next())) {
            ManyObservations records =
                    new ManyObservations(servers.client(a.port(), "system/*.*"), servers.database(), PATIENTS);
            records.loadPatients();
            records.loadObservations(OBSERVATIONS);
            names.put(nameIn(servers.log("a")).orElseThrow(), "a");
            try (RunningServer b = servers.startHere(FreePorts.next())) {
                names.put(b.bean(ExportWork.class).server(), "b");
                String jobId = eachOfTwoWritesAtLeastAQuarterOfTheFiles(a, b);
                whatOneServerBeginsTheOtherGoesOnWith(a, b, jobId);
                oneIsKilledHalfWayAndAThirdComes(a, b);
            }
            assertThat(servers.deadlocks()).noneMatch(SharedExportTest::isOfThePlugin);
        }
    }

    /** Not one of HAPI with itself. HAPI deletes jobs too, but only a week after their end. */
    private static boolean isOfThePlugin(String deadlock) {
        String statements = deadlock.toLowerCase(Locale.ROOT);
        return statements.contains("hbp_") || statements.contains("delete from bt2_job_instance");
    }

    private static Optional<String> nameIn(List<String> log) {
        return log.stream()
                .map(NAME::matcher)
                .filter(Matcher::find)
                .map(said -> said.group(1))
                .findFirst();
    }

    private String eachOfTwoWritesAtLeastAQuarterOfTheFiles(ServerProcess a, RunningServer b) throws Exception {
        String jobId = reader(a.port()).startExport(EXPORT);

        assertExact(reader(b.port()), jobId);

        Map<String, Integer> written = filesByServer(jobId);
        assertThat(written).containsOnlyKeys("a", "b");
        assertThat(written.values()).as("%s", written).allMatch(files -> files >= FILES / 4);
        return jobId;
    }

    /** A client does not see which server answers. */
    private void whatOneServerBeginsTheOtherGoesOnWith(ServerProcess a, RunningServer b, String jobId)
            throws Exception {
        ExportClient atA = reader(a.port());
        ExportClient atB = reader(b.port());
        String manifest = atB.awaitEnd(jobId).body();
        String path = ExportClient.json(manifest)
                .at("/output/0/url")
                .asText()
                .substring(atB.base().length());
        HttpResponse<String> whole = atA.get(path);
        String tag = whole.headers().firstValue("ETag").orElseThrow();

        HttpResponse<String> half = atA.get(path, "Range", "bytes=0-99");
        HttpResponse<String> rest = atB.get(path, "Range", "bytes=100-", "If-Range", tag);
        assertThat(half.statusCode()).isEqualTo(206);
        assertThat(rest.statusCode()).isEqualTo(206);
        assertThat(half.body() + rest.body()).isEqualTo(whole.body());

        assertThat(atB.send("DELETE", "/$export-poll-status/" + jobId, "").statusCode())
                .isEqualTo(202);
        assertOutcome(atA.get(path), 404, "not-found");
        assertOutcome(atA.status(jobId), 404, "not-found");
        Await.until("the erasure", PATIENCE, () -> servers.stored().isEmpty());
    }

    private void oneIsKilledHalfWayAndAThirdComes(ServerProcess a, RunningServer b) throws Exception {
        int port = FreePorts.next();
        RecordedMessages started = new RecordedMessages(ExportChunks.class);
        CompletableFuture<RunningServer> third = CompletableFuture.supplyAsync(() -> servers.startHere(port));
        try (started) {
            // it starts meanwhile, but most of a start may take longer than the export
            Await.until("the third server on its way", PATIENCE, () -> nameIn(started.all())
                    .isPresent());
            names.put(nameIn(started.all()).orElseThrow(), "third");
            String jobId = reader(a.port()).startExport(EXPORT);
            Await.until("half of the files", PATIENCE, () -> available(jobId) >= FILES / 2);
            a.kill();
            System.out.printf("killed when %d files were written%n", available(jobId));

            assertExact(reader(b.port()), jobId);

            Map<String, Integer> written = filesByServer(jobId);
            assertThat(written.getOrDefault("third", 0))
                    .as("third of %s", written)
                    .isPositive();
        } finally {
            third.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).close();
        }
    }

    private ExportClient reader(int port) {
        return servers.client(port, "system/*.rs");
    }

    private long available(String jobId) throws Exception {
        return servers.count("HBP_EXPORT_FILE join HBP_EXPORT using (EXPORT_ID) where JOB_ID = '" + jobId
                + "' and HBP_EXPORT_FILE.STATE = 'AVAILABLE'");
    }

    private void assertExact(ExportClient client, String jobId) throws Exception {
        Instant begun = Instant.now();
        var complete = client.awaitEnd(jobId);
        System.out.printf("complete after %s%n", Duration.between(begun, Instant.now()));
        ReadExport export = ReadExport.of(client, complete, FILE_RESOURCES);
        export.assertEachOnce(RESOURCES);
        assertThat(export.binaries()).hasSize(FILES);
        assertThat(available(jobId)).isEqualTo(FILES);
    }

    private Map<String, Integer> filesByServer(String jobId) throws Exception {
        Map<String, Integer> files = new HashMap<>();
        for (String server : servers.query("select HBP_EXPORT_CHUNK.SERVER from HBP_EXPORT_FILE"
                + " join HBP_EXPORT_CHUNK using (CHUNK_ID) join HBP_EXPORT on HBP_EXPORT.EXPORT_ID ="
                + " HBP_EXPORT_CHUNK.EXPORT_ID where HBP_EXPORT.JOB_ID = '" + jobId
                + "' and HBP_EXPORT_FILE.STATE = 'AVAILABLE'")) {
            files.merge(names.getOrDefault(server, server), 1, Integer::sum);
        }
        System.out.printf("files by server: %s%n", files);
        return files;
    }
}
