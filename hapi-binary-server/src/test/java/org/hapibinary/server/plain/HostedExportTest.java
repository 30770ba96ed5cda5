/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hapibinary.server.client.Answers.assertOutcome;
import static org.hapibinary.server.host.ExportedGroup.ALL_TYPES;

import ca.uhn.fhir.context.FhirContext;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.Iterators;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.authorization.token.TrustedIssuer;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.ExportIssue.Severity;
import org.hapibinary.lifecycle.Sweep;
import org.hapibinary.plainserver.HapiBinary;
import org.hapibinary.plainserver.HostedExport;
import org.hapibinary.server.client.Await;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.ExportedGroup;
import org.hapibinary.server.host.StoreMark;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Patient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Exports that the test makes itself, in the place of a plain host, and what its clients get to see of them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostedExportTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String LINE = "{\"resourceType\":\"Patient\",\"id\":\"a\"}\n";

    @TempDir
    static Path directory;

    private final BlockingQueue<HostedExport> begun = new LinkedBlockingQueue<>();
    private final Clock clock = Clock.systemUTC();
    private TestIssuer issuer;
    private PlainHost host;
    private ExportClient client;

    @BeforeAll
    void start() throws IOException {
        issuer = new TestIssuer();
        host = PlainHost.start(clock, (export, kickOff) -> begun.add(export), directory, issuer);
        client = host.owner(ALL_TYPES);
    }

    @AfterAll
    void stop() {
        host.close();
        issuer.close();
    }

    private HostedExport open(String kickOff) throws InterruptedException {
        String jobId = client.startExport(kickOff);
        HostedExport export = begun.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(export).isNotNull();
        assertThat(jobId).isEqualTo(export.id());
        assertThat(export.statusUrl()).isEqualTo(client.base() + "/$export-poll-status?_jobId=" + jobId);
        return export;
    }

    private static InputStream ndjson(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    private JsonNode manifest(HostedExport export) {
        HttpResponse<String> status = client.status(export.id());
        assertThat(status.statusCode()).as(status.body()).isEqualTo(200);
        return ExportClient.json(status.body());
    }

    private String firstUrl(HostedExport export) {
        return manifest(export).path("output").path(0).path("url").asText();
    }

    @Test
    void theClientSeesHowFarTheHostHasCome() throws Exception {
        try (HostedExport export = open("/$export?_type=Patient")) {
            assertThat(client.status(export.id()).headers().firstValue("X-Progress"))
                    .contains("0% complete");

            export.progress(40);

            assertThat(client.status(export.id()).headers().firstValue("X-Progress"))
                    .contains("40% complete");
            assertThatThrownBy(() -> export.progress(101)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void anExportIsNarrowedToWhatTheTokenCoversAndNothingElseCanBeWritten() throws Exception {
        client = host.owner("system/Patient.rs system/Condition.rs");
        try (HostedExport export = open("/$export")) {
            assertThat(export.resourceTypes()).containsExactlyInAnyOrder("Patient", "Condition");
            assertThatThrownBy(() -> export.write("Observation", ndjson("{}\n")))
                    .isInstanceOf(IllegalArgumentException.class);
        } finally {
            client = host.owner(ALL_TYPES);
        }
    }

    @Test
    void resourcesAreWrittenOneAfterTheOther() throws Exception {
        HostedExport export = open("/Patient/$export?_type=Patient");
        List<Patient> patients = IntStream.range(0, 3_000)
                .mapToObj(i -> {
                    Patient patient = new Patient();
                    patient.setId("Patient/p" + i);
                    return patient;
                })
                .toList();

        export.write("Patient", patients.iterator());
        export.complete();

        assertThat(manifest(export).path("output").path(0).path("count").intValue())
                .isEqualTo(3_000);
        assertThat(client.get(firstUrl(export)).body())
                .isEqualTo(IntStream.range(0, 3_000)
                        .mapToObj(i -> "{\"resourceType\":\"Patient\",\"id\":\"p" + i + "\"}\n")
                        .reduce("", String::concat));
    }

    @Test
    void aResourceOfAnotherTypeBreaksTheFileOff() throws Exception {
        try (HostedExport export = open("/$export?_type=Patient")) {
            Iterator<IBaseResource> resources =
                    List.<IBaseResource>of(new Patient(), new Observation()).iterator();

            assertThatThrownBy(() -> export.write("Patient", resources))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("Observation");
        }
    }

    @Test
    void aLargeFileIsStreamedIntoItsGzipToo() throws Exception {
        HostedExport export = open("/$export?_type=Patient");
        byte[] line = LINE.getBytes(StandardCharsets.UTF_8);
        int lines = 400_000;
        Iterator<InputStream> parts = Stream.generate(() -> (InputStream) new ByteArrayInputStream(line))
                .limit(lines)
                .iterator();

        export.write("Patient", new SequenceInputStream(Iterators.asEnumeration(parts)));
        export.complete();

        JsonNode file = manifest(export).path("output").path(0);
        assertThat(file.path("count").intValue()).isEqualTo(lines);
        assertThat(file.path("extension").path("contentLength").longValue()).isEqualTo((long) lines * line.length);
        assertThat(client.getBytes(file.path("url").asText(), "Accept-Encoding", "gzip")
                        .body()
                        .length)
                .isLessThan(lines * line.length / 10);
    }

    @Test
    void aFileThatIsBrokenOffIsNoPartOfTheExportAndItsBytesAreErased() throws Exception {
        HostedExport export = open("/$export?_type=Patient");
        long before = filesInTheStore();
        InputStream broken = new SequenceInputStream(ndjson(LINE.repeat(1_000)), new BrokenStream());

        assertThatThrownBy(() -> export.write("Patient", broken)).hasMessage("The host's database has gone away");
        assertThat(filesInTheStore()).isEqualTo(before);
        export.write("Patient", ndjson(LINE));
        export.complete();

        assertThat(manifest(export).path("output")).hasSize(1);
        assertThat(client.get(firstUrl(export)).body()).isEqualTo(LINE);
        host.bean(Sweep.class).run(() -> true);
        assertThat(query("select count(*) from HBP_EXPORT_FILE where EXPORT_ID = '" + export.id()
                        + "' and STATE = 'ERASED'"))
                .isEqualTo("1");
    }

    @Test
    void aLastLineThatIsNotEndedIsEndedAndAFileWithoutLinesIsNotListed() throws Exception {
        HostedExport export = open("/$export?_type=Patient,Condition");

        export.write("Patient", ndjson(LINE + LINE.strip()));
        export.write("Condition", ndjson(""));
        export.complete();

        assertThat(manifest(export).path("output").findValuesAsText("type")).containsExactly("Patient");
        assertThat(client.get(firstUrl(export)).body()).isEqualTo(LINE + LINE);
    }

    @Test
    void anExportWhoseErrorFileCannotBeStoredCanBeCompletedLater() throws Exception {
        HostedExport export = open("/$export?_type=Patient");
        export.write("Patient", ndjson(LINE));
        export.report(new ExportIssue(ExportIssue.Severity.ERROR, "not-found", "Patient/b is missing"));
        Path store = directory.resolve("binary");
        Path away = directory.resolve("away");
        Files.move(store, away);
        Files.createFile(store);
        try {
            assertThatThrownBy(export::complete).isInstanceOf(IOException.class);
            assertThat(client.status(export.id()).statusCode()).isEqualTo(202);
        } finally {
            Files.delete(store);
            Files.move(away, store);
        }

        export.complete();

        assertThat(client.get(firstUrl(export)).body()).isEqualTo(LINE);
        assertThat(manifest(export).path("error")).hasSize(1);
    }

    @Test
    void whatIsReportedWithoutAnEndDoesNotKeepAnExportFromBeingCompleted() throws Exception {
        HostedExport export = open("/$export?_type=Patient");
        ExportIssue issue = new ExportIssue(ExportIssue.Severity.ERROR, "not-found", "Patient/b is missing");
        AtomicBoolean reporting = new AtomicBoolean(true);
        Thread reporter = new Thread(() -> {
            while (reporting.get()) {
                export.report(issue);
            }
        });
        export.report(issue); // the thread may begin when the export is complete
        reporter.start();
        try {
            assertThat(CompletableFuture.runAsync(() -> completed(export))).succeedsWithin(PATIENCE);
        } finally {
            reporting.set(false);
            reporter.join();
        }

        assertThat(manifest(export).path("error")).hasSize(1);
    }

    private static void completed(HostedExport export) {
        try {
            export.complete();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void whatTheHostReportsIsInTheErrorFile() throws Exception {
        HostedExport export = open("/$export?_type=Patient");

        export.report(new ExportIssue(Severity.ERROR, "not-found", "Patient/b cannot be read."));
        export.complete();

        JsonNode errors = manifest(export).path("error");
        assertThat(errors.findValuesAsText("type")).containsExactly("OperationOutcome");
        assertThat(client.get(errors.path(0).path("url").asText()).body())
                .contains("\"severity\":\"error\"", "\"code\":\"not-found\"", "Patient/b cannot be read.");
    }

    @Test
    void anExportThatIsFailedOrClosedHasFailed() throws Exception {
        HostedExport failed = open("/$export?_type=Patient");
        HostedExport closed = open("/$export?_type=Patient");
        failed.write("Patient", ndjson(LINE));

        failed.fail("The host's disk is full");
        closed.close();

        assertOutcome(client.status(failed.id()), 500, "exception");
        assertOutcome(client.status(closed.id()), 500, "exception");
        assertThat(client.status(failed.id()).body()).doesNotContain("disk");
        assertThatThrownBy(() -> failed.write("Patient", ndjson(LINE))).isInstanceOf(IllegalStateException.class);
        host.bean(Sweep.class).run(() -> true);
        assertThat(query("select count(*) from HBP_EXPORT_FILE where EXPORT_ID = '" + failed.id()
                        + "' and STATE <> 'ERASED'"))
                .isEqualTo("0");
    }

    @Test
    void nothingOfAnExportCanBeHadBeforeItIsComplete() throws Exception {
        try (HostedExport export = open("/$export?_type=Patient")) {
            export.write("Patient", ndjson(LINE));
            String binaryId = query("select BINARY_ID from HBP_EXPORT_FILE where EXPORT_ID = '" + export.id() + "'");

            assertOutcome(client.get("/Binary/" + binaryId + "/$binary-access-read"), 404, "not-found");
        }
    }

    @Test
    void aClientThatDeletesARunningExportStopsTheHost() throws Exception {
        HostedExport export = open("/$export?_type=Patient");
        CountDownLatch reading = new CountDownLatch(1);
        assertThat(export.isCancelled()).isFalse();
        InputStream endless = new EndlessStream(reading);
        Thread deletion = new Thread(() -> {
            try {
                reading.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            client.send("DELETE", "/$export-poll-status/" + export.id(), "");
        });
        deletion.start();

        assertThatThrownBy(() -> export.write("Patient", endless)).isInstanceOf(Export.EndedException.class);

        deletion.join();
        assertThat(export.isCancelled()).isTrue();
        assertThatThrownBy(() -> export.write("Patient", ndjson(LINE))).isInstanceOf(Export.EndedException.class);
        export.complete();
        assertOutcome(client.status(export.id()), 404, "not-found");
    }

    @Test
    void anExportWhoseServerHasDiedFailsOnAnother() throws Exception {
        HostedExport export = open("/$export?_type=Patient");
        silence(export);

        try (HapiBinary other = startAnother()) {
            assertThat(other.exports()).isNotNull();
            Await.until(
                    "the failure", PATIENCE, () -> client.status(export.id()).statusCode() == 500);
        }

        assertThat(export.isCancelled()).isTrue();
        assertThatThrownBy(() -> export.write("Patient", ndjson(LINE))).isInstanceOf(Export.EndedException.class);
        export.close();
    }

    /** On the same database. */
    private HapiBinary startAnother() throws IOException {
        return HapiBinary.builder(FhirContext.forR4Cached(), host.bean(DataSource.class))
                .trustedIssuer(new TrustedIssuer(issuer.url(), null, client.base()))
                .filesystem(directory.resolve("binary"))
                .clock(clock)
                .start();
    }

    private void silence(HostedExport export) throws SQLException {
        update("update HBP_EXPORT set ACTIVE_AT = current_timestamp - interval '1' hour where EXPORT_ID = '"
                + export.id() + "'");
    }

    @Test
    void anExportExpiresToTheSecondAndItsBytesAreErasedByTheSweep() throws Exception {
        HostedExport export = open("/$export?_type=Patient");
        export.write("Patient", ndjson(LINE));
        export.complete();
        String url = firstUrl(export);
        String binaryId = ExportedGroup.binaryOf(url);
        assertThat(filesOf(binaryId)).isNotZero();

        update("update HBP_EXPORT set EXPIRES_AT = current_timestamp - interval '1' hour,"
                + " DUE_AT = current_timestamp - interval '1' hour where EXPORT_ID = '" + export.id() + "'");
        update("update HBP_EXPORT_FILE set DUE_AT = current_timestamp - interval '1' hour where EXPORT_ID = '"
                + export.id() + "'");

        assertOutcome(client.get(url), 410, "deleted");
        assertOutcome(client.status(export.id()), 410, "deleted");
        host.bean(Sweep.class).run(() -> true);
        assertThat(filesOf(binaryId)).isZero();
        assertOutcome(client.get(url), 410, "deleted");
    }

    @Test
    void theHostsOwnBinariesAreLeftToItIfItIsSetSo() throws Exception {
        HostedExport export = open("/$export?_type=Patient");
        export.write("Patient", ndjson(LINE));
        export.complete();

        assertThat(ExportClient.nobody(host.port()).get("/Binary/of-the-host").body())
                .contains("\"contentType\":\"text/plain\"");
        assertOutcome(ExportClient.nobody(host.port()).get(firstUrl(export)), 401, "login");
        assertThat(client.get(firstUrl(export)).body()).isEqualTo(LINE);
    }

    @Test
    void aPluginThatKnowsNoIssuerOrNoStoreDoesNotStart() {
        DataSource database = host.bean(DataSource.class);

        assertThatThrownBy(() -> HapiBinary.builder(FhirContext.forR4Cached(), database)
                        .filesystem(directory.resolve("binary"))
                        .start())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("trustedIssuer");
        assertThatThrownBy(() -> HapiBinary.builder(FhirContext.forR4Cached(), database)
                        .callerResolver(request -> {
                            throw new IllegalStateException("Nobody asks");
                        })
                        .start())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("filesystem");
    }

    private static long filesInTheStore() throws IOException {
        return filesOf("");
    }

    private static long filesOf(String binaryId) throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("binary"))) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .filter(name -> name.contains(binaryId) && !name.contains(StoreMark.NAME))
                    .count();
        }
    }

    private String query(String sql) throws SQLException {
        try (var connection = host.bean(DataSource.class).getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }

    private void update(String sql) throws SQLException {
        try (var connection = host.bean(DataSource.class).getConnection();
                var statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(sql)).isEqualTo(1);
        }
    }

    private static final class BrokenStream extends InputStream {

        @Override
        public int read() throws IOException {
            throw new IOException("The host's database has gone away");
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            return read();
        }
    }

    private static final class EndlessStream extends InputStream {

        private final CountDownLatch begun;

        EndlessStream(CountDownLatch begun) {
            this.begun = begun;
        }

        @Override
        public int read() {
            begun.countDown();
            return '\n';
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            bytes[offset] = (byte) read();
            return 1;
        }
    }
}
