/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.export;

import ca.uhn.fhir.context.FhirContext;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.RunningServer;
import org.hapibinary.server.world.ManyObservations;
import org.hapibinary.testing.FreePorts;
import org.hl7.fhir.r4.model.Group;
import org.hl7.fhir.r4.model.Reference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Exports of Groups of different sizes in one record on PostgreSQL, whole and since a moment: how the time grows with
 * the members. The system property {@code benchmark.members} has the sizes, the largest last.
 */
class GroupSizesBenchmark {

    private static final Path REPORT = Path.of("target/benchmark/groups.md");
    private static final int OBSERVATIONS_OF_EACH = 2;
    private static final int NAMED = 1_000;
    private static final Duration PATIENCE = Duration.ofMinutes(30);
    private static final String TYPES = "_type=Patient,Observation";
    private static final String HEAD =
            "| members | export | resources | kick-off, s | until complete, s |\n|---|---|---|---|---|\n";

    @TempDir
    static Path directory;

    private final List<Integer> sizes = Arrays.stream(
                    System.getProperty("benchmark.members", "1000,10000,100000").split(",", -1))
            .map(Integer::parseInt)
            .toList();
    private final StringBuilder report = new StringBuilder(HEAD);

    @Test
    void ofEachSize() throws Exception {
        int patients = sizes.get(sizes.size() - 1);
        int port = FreePorts.next();
        try (TestIssuer issuer = new TestIssuer();
                EmbeddedPostgres postgres = FreePorts.postgres();
                RunningServer server = RunningServer.startWithoutDemo(
                        port,
                        directory,
                        "spring.datasource.url=" + postgres.getJdbcUrl("postgres", "postgres"),
                        "spring.datasource.username=postgres",
                        "hapi.binary.authorization.issuer=" + issuer.url(),
                        "hapi.binary.bulk-export.transaction-margin=100ms",
                        "hapi.binary.bulk-export.file-resources=100000")) {
            ExportClient client = client(issuer, port);
            DataSource database = server.bean(DataSource.class);
            ManyObservations record = new ManyObservations(client, database, patients);
            record.loadPatients();
            record.loadObservations(OBSERVATIONS_OF_EACH * patients);
            sizes.forEach(size -> put(client, size));
            new JdbcTemplate(database).execute("vacuum analyze");
            measure(client, sizes.get(0), "warm-up", TYPES);
            report.setLength(HEAD.length());
            for (int size : sizes) {
                measure(client, size, "whole", TYPES);
                String since = Instant.now().toString();
                measure(client, size, "since, nothing has changed", TYPES + "&_since=" + since);
                change(database, size);
                measure(client, size, "since, one patient in a hundred has changed", TYPES + "&_since=" + since);
                measureNamed(client, size);
            }
        }
    }

    private static ExportClient client(TestIssuer issuer, int port) {
        return ExportClient.withBearer(
                port,
                TestIssuer.signed(
                        issuer.key(),
                        issuer.claims(
                                "http://localhost:" + port + "/fhir",
                                "owner",
                                "system/*.*",
                                claims -> claims.expirationTime(
                                        Date.from(Instant.now().plus(Duration.ofHours(4)))))));
    }

    private static void put(ExportClient client, int size) {
        Group group = new Group().setType(Group.GroupType.PERSON).setActual(true);
        IntStream.range(0, size)
                .forEach(number -> group.addMember().setEntity(new Reference("Patient/patient-" + number)));
        group.setId("members-" + size);
        HttpResponse<String> answer = client.send(
                "PUT",
                "/Group/members-" + size,
                FhirContext.forR4Cached().newJsonParser().encodeResourceToString(group),
                "Content-Type",
                "application/fhir+json");
        if (answer.statusCode() != 201) {
            throw new IllegalStateException(answer.body());
        }
    }

    private static void change(DataSource database, int size) {
        new JdbcTemplate(database)
                .update(
                        "update HFJ_RESOURCE set RES_UPDATED = now() where RES_TYPE = 'Patient' and FHIR_ID in ("
                                + "select 'patient-' || n from generate_series(0, ? - 1, 100) n)",
                        size);
    }

    private void measure(ExportClient client, int size, String name, String query) throws Exception {
        long began = System.nanoTime();
        String jobId = client.startExport("/Group/members-" + size + "/$export?" + query);
        finish(client, size, name, jobId, began);
    }

    /** Who is named has to be a member. */
    private void measureNamed(ExportClient client, int size) throws Exception {
        int named = Math.min(NAMED, size);
        String parameters =
                "{\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"_type\",\"valueString\":\"Patient\"}"
                        + String.join(
                                "",
                                IntStream.range(0, named)
                                        .mapToObj(number -> ",{\"name\":\"patient\","
                                                + "\"valueReference\":{\"reference\":\"Patient/patient-"
                                                + number + "\"}}")
                                        .toList())
                        + "]}";
        long began = System.nanoTime();
        HttpResponse<String> kickOff = client.kickOffByPost("/Group/members-" + size + "/$export", parameters);
        String location = kickOff.headers().firstValue("Content-Location").orElseThrow();
        finish(client, size, named + " named", location.substring(location.indexOf('=') + 1), began);
    }

    private void finish(ExportClient client, int size, String name, String jobId, long began) throws Exception {
        long accepted = System.nanoTime();
        HttpResponse<String> end = client.awaitEnd(jobId, PATIENCE);
        long complete = System.nanoTime();
        List<Integer> counts = new ArrayList<>();
        ExportClient.json(end.body())
                .path("output")
                .forEach(file -> counts.add(file.path("count").intValue()));
        report.append("| %,d | %s | %,d | %.1f | %.1f |%n"
                .formatted(
                        size,
                        name,
                        counts.stream().mapToInt(Integer::intValue).sum(),
                        (accepted - began) / 1e9,
                        (complete - began) / 1e9));
        String text = report.toString();
        System.err.println(text);
        Files.createDirectories(REPORT.getParent());
        Files.writeString(REPORT, text);
    }
}
