/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.assertOutcome;
import static org.hapibinary.server.client.Answers.headers;
import static org.hapibinary.server.host.ExportedGroup.ALL_TYPES;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import ca.uhn.fhir.context.FhirContext;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.hapibinary.lifecycle.Sweep;
import org.hapibinary.server.client.Await;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.RawRequest;
import org.hapibinary.server.client.SmallExport;
import org.hapibinary.server.contract.AnyStoreContract;
import org.hapibinary.server.host.ExportedGroup;
import org.hapibinary.server.host.SeededFile;
import org.hapibinary.server.host.ServerUnderTest;
import org.hapibinary.storage.FaultyConnection;
import org.hapibinary.storage.S3Server;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DownloadFromS3Test extends AnyStoreContract {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** More than Jetty has threads. */
    private static final int CLIENTS = 250;

    @SuppressWarnings("NullAway.Init") // started with the first test
    private S3Server s3;

    @SuppressWarnings("NullAway.Init")
    private FaultyConnection link;

    @Override
    protected ServerUnderTest.Kind server() {
        return PlainHost.of(FhirContext.forR4Cached());
    }

    @Override
    protected String[] store() throws Exception {
        s3 = new S3Server();
        link = FaultyConnection.to(s3.endpoint().getPort());
        return new String[] {
            "spring.datasource.url=jdbc:h2:file:" + directory.resolve("h2/fhir"),
            "hapi.binary.storage.mode=s3",
            "hapi.binary.storage.s3.endpoint=http://127.0.0.1:" + link.port(),
            "hapi.binary.storage.s3.bucket=" + s3.bucket(),
            "hapi.binary.storage.s3.prefix=exports",
            "hapi.binary.limits.downloads-per-client=" + CLIENTS,
            "hapi.binary.storage.s3.access-key=" + s3.accessKey(),
            "hapi.binary.storage.s3.secret-key=" + s3.secretKey()
        };
    }

    @AfterAll
    void stopS3() throws Exception {
        link.close();
        s3.close();
    }

    @Test
    @Order(0)
    void aDownloadAsksTheStoreOnce() throws Exception {
        SeededFile file = SeededFile.in(group().server(), 50_000);
        ExportClient owner = group().owner();
        assertThat(owner.get(file.path()).statusCode()).isEqualTo(200);
        link.requests().clear();

        assertThat(owner.get(file.path()).statusCode()).isEqualTo(200);

        assertThat(link.requests())
                .filteredOn(request -> request.contains(file.binaryId()))
                .singleElement()
                .asString()
                .startsWith("GET /");
    }

    @Test
    void nothingOfADeletedExportIsLeftInTheBucket() throws Exception {
        SmallExport export = SmallExport.by(group().testClient(ALL_TYPES));
        assertThat(objectsOf(export)).isNotEmpty();

        group().testClient(ALL_TYPES).send("DELETE", "/$export-poll-status/" + export.jobId(), "");

        Await.until("the erasure", PATIENCE, () -> objectsOf(export).isEmpty());
    }

    @Test
    void nothingOfAnExpiredExportIsLeftInTheBucketAfterTheSweep() throws Exception {
        SmallExport export = SmallExport.by(group().testClient(ALL_TYPES));
        try (var connection = group().server().bean(DataSource.class).getConnection();
                var statement = connection.createStatement()) {
            String past = " = current_timestamp - interval '1' hour";
            String jobId = " where JOB_ID = '" + export.jobId() + "'";
            assertThat(statement.executeUpdate("update HBP_EXPORT set EXPIRES_AT" + past + ", DUE_AT" + past + jobId))
                    .isEqualTo(1);
            assertThat(statement.executeUpdate("update HBP_EXPORT_FILE set DUE_AT" + past
                            + " where EXPORT_ID = (select EXPORT_ID from HBP_EXPORT" + jobId + ")"))
                    .isPositive();
        }

        assertOutcome(group().testClient(ALL_TYPES).get(export.contentUrl("Patient")), 410, "deleted");
        group().server().bean(Sweep.class).run(() -> true);

        assertThat(objectsOf(export)).isEmpty();
        assertOutcome(group().testClient(ALL_TYPES).get(export.contentUrl("Patient")), 410, "deleted");
    }

    private List<String> objectsOf(SmallExport export) {
        List<String> files = ExportClient.json(export.manifest()).findValuesAsText("url").stream()
                .map(ExportedGroup::binaryOf)
                .toList();
        return s3.objects("exports").stream()
                .filter(object -> files.stream().anyMatch(object::contains))
                .toList();
    }

    @Test
    @Order(Integer.MAX_VALUE - 1)
    void aStoreThatIsSilentCostsNothingButItsDownloads() throws Exception {
        String path = RawRequest.get(group().patientsPath()).target();
        List<Socket> waiting = new ArrayList<>();
        link.silence();
        try {
            for (int i = 0; i < CLIENTS; i++) {
                waiting.add(request(path));
            }
            for (int i = 0; i < 5; i++) {
                assertTimeoutPreemptively(Duration.ofSeconds(10), () -> assertThat(
                                group().owner().get(group().patientsBinary()).statusCode())
                        .isEqualTo(200));
            }
            for (Socket socket : waiting) {
                socket.setSoTimeout((int) PATIENCE.toMillis());
                String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
                assertThat(answer).startsWith("HTTP/1.1 503").contains("Retry-After: 30", "\"transient\"");
            }
        } finally {
            link.accept();
            for (Socket socket : waiting) {
                socket.close();
            }
        }
        Await.until(
                "the store is back",
                PATIENCE,
                () -> group().owner().get(group().patientsUrl()).statusCode() == 200);
    }

    private Socket request(String path) throws IOException {
        Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), group().server().port());
        socket.getOutputStream()
                .write(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: "
                                + group().owner().authorization() + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void aStoreThatIsDownIsUnavailableAndNotAMissingFile() {
        link.refuse();

        HttpResponse<String> response = group().owner().get(group().patientsUrl());

        assertOutcome(response, 503, "transient");
        assertThat(headers(response, "Retry-After")).containsExactly("30");
        assertThat(headers(response, "Content-Disposition")).isEmpty();
    }
}
