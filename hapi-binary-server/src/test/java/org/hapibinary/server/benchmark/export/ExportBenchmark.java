/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.export;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.host.ProcessGroup;
import org.hapibinary.server.world.ManyObservations;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Exports by a server with the plugin and, of the same data, by HAPI's own job on a server without it: each in a
 * process of its own, with a database of its own in one PostgreSQL, in turns, while the other is stopped. What is
 * reported is the median of the rounds with the least and the most of them. The heap is measured of the plugin's
 * server, in one more export. Before the rounds smaller exports, which do not count, warm up.
 *
 * <p>System properties: {@code benchmark.observations}, {@code benchmark.patients} and {@code benchmark.documents} are
 * the sizes, {@code benchmark.workloads} chooses among {@code system}, {@code group}, {@code documents} and {@code
 * group-documents}, {@code benchmark.rounds}, {@code benchmark.heap} of each server, {@code benchmark.recordings} adds
 * a turn each for Java Flight Recorder.
 */
class ExportBenchmark {

    private static final int WARM_UP_ROUNDS = 4;
    private static final int CONTENT_BYTES = 10_000;
    private static final Path REPORT = Path.of("target/benchmark/exports.md");
    private static final String HEAD =
            """
            | export | job | s | resources/s | times as fast | CPU of the server, µs a resource | of PostgreSQL \
            | together | times less CPU | files | MiB | heap in use, MiB |
            |---|---|---|---|---|---|---|---|---|---|---|---|
            """;

    @TempDir
    static Path directory;

    private final int observations = Integer.getInteger("benchmark.observations", 1_000_000);
    private final int patients = Integer.getInteger("benchmark.patients", 10_000);
    private final int documents = Integer.getInteger("benchmark.documents", 10_000);
    private final int rounds = Integer.getInteger("benchmark.rounds", 3);
    private final String heap = "-Xmx" + System.getProperty("benchmark.heap", "2g");
    private final List<String> chosen =
            List.of(System.getProperty("benchmark.workloads", "system,group,documents,group-documents")
                    .split(",", -1));

    @Test
    void inTurns() throws Exception {
        Path data = directory.resolve("postgresql");
        try (EmbeddedPostgres postgres = ExportDatabase.startPostgres(data)) {
            ExportDatabase ofStock = ExportDatabase.create(postgres, "stock");
            load(ofStock);
            ExportDatabase ofOurs = ofStock.copy("ours");
            try (TestIssuer issuer = new TestIssuer();
                    ExportingServer stock = ExportingServer.stock(directory, ofStock, heap);
                    ExportingServer ours = ExportingServer.ours(directory, ofOurs, heap, issuer)) {
                stock.process().pause();
                ours.process().pause();
                compare(stock, ours, ExportDatabase.processes(data));
            }
        }
    }

    private void load(ExportDatabase database) throws Exception {
        try (ExportingServer server = ExportingServer.stock(directory, database, heap)) {
            ManyObservations everything = new ManyObservations(server.client(), database.dataSource(), patients);
            everything.loadPatients();
            everything.loadObservations(observations);
            everything.loadDocuments(documents, CONTENT_BYTES);
        }
    }

    private void compare(ExportingServer stock, ExportingServer ours, ProcessGroup database) throws Exception {
        String warmUp = "?_type=Patient,Encounter";
        for (int round = 0; round < WARM_UP_ROUNDS; round++) {
            String level = round % 2 == 0 ? "" : ManyObservations.GROUP;
            for (ExportMeasurement one : measurements(
                    new ExportWorkload("warm-up", level + "/$export" + warmUp, 2L * patients, true), stock, ours)) {
                one.warmUp(database);
            }
        }
        StringBuilder report = new StringBuilder(HEAD);
        for (ExportWorkload workload : workloads()) {
            List<ExportMeasurement> all = measurements(workload, stock, ours);
            for (int round = 0; round < rounds; round++) {
                List<ExportMeasurement> turns = new ArrayList<>(all);
                Collections.rotate(turns, round);
                for (ExportMeasurement one : turns) {
                    one.measure(database);
                }
            }
            for (ExportMeasurement one : all) {
                if (one.isOurs()) {
                    one.measureHeap(database);
                }
                report.append(one.toMarkdown(all.get(0))).append('\n');
            }
            write(report.toString());
            if (Boolean.getBoolean("benchmark.recordings")) {
                for (ExportMeasurement one : all) {
                    one.record(database, recording(one));
                }
            }
        }
    }

    private static Path recording(ExportMeasurement one) {
        String name = (one.workload().name() + "-" + one.name()).replaceAll("\\W+", "-");
        return REPORT.resolveSibling(name + ".jfr");
    }

    /** HAPI's comes first. */
    private static List<ExportMeasurement> measurements(
            ExportWorkload workload, ExportingServer stock, ExportingServer ours) {
        Stream<ExportMeasurement> both = Stream.of(
                new ExportMeasurement("HAPI's", stock, false, workload),
                new ExportMeasurement(workload.passedThrough() ? "ours, stored" : "ours", ours, false, workload));
        return workload.passedThrough()
                ? Stream.concat(both, Stream.of(new ExportMeasurement("ours, parsed", ours, true, workload)))
                        .toList()
                : both.toList();
    }

    private List<ExportWorkload> workloads() {
        String types = "/$export?_type=Patient,Observation";
        String withAttachments = "/$export?_type=DocumentReference";
        long resources = (long) patients + observations;
        return Stream.of(
                        new ExportWorkload("system", types, resources, true),
                        new ExportWorkload("group", ManyObservations.GROUP + types, resources, true),
                        new ExportWorkload("documents", withAttachments, documents, false),
                        new ExportWorkload(
                                "group-documents", ManyObservations.GROUP + withAttachments, documents, false))
                .filter(workload -> chosen.contains(workload.name()))
                .toList();
    }

    private static void write(String report) throws Exception {
        Files.createDirectories(REPORT.getParent());
        Files.writeString(REPORT, report);
        System.err.println(report);
    }
}
