/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.StreamSupport;
import org.hapibinary.server.client.Await;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.RunningServer;
import org.hapibinary.server.host.ServerProcess;
import org.hapibinary.server.world.ManyObservations;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server that is stopped as operators stop it, with SIGTERM, while it exports and sends: another one goes on with the
 * export at once, and not after {@code stalled-after}, which is two minutes here. What is read until the timeout of the
 * shutdown comes whole; what is not is resumed at the other server.
 */
class StoppedServerTest {

    private static final int FILE_RESOURCES = 100_000;
    private static final int PATIENTS = 1_000;
    private static final int OBSERVATIONS = 70_000;
    private static final Map<String, Set<String>> RESOURCES = Map.of(
            "Patient", ManyObservations.ids("Patient", PATIENTS),
            "Encounter", ManyObservations.ids("Encounter", PATIENTS),
            "Location", ManyObservations.ids("Location", PATIENTS),
            "Observation", ManyObservations.ids("Observation", OBSERVATIONS));
    private static final String KICK_OFF = "/$export?_type=Patient,Observation,Encounter,Location";
    private static final Duration TIMEOUT = Duration.ofSeconds(12);
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** Less than {@code stalled-after} by far. */
    private static final Duration AT_ONCE = Duration.ofSeconds(45);

    /** In which the client reads nothing; a slow network looks like that. */
    private static final Duration A_PAUSE = Duration.ofSeconds(3);

    private static final int SMALL_BUFFER = 4_096;
    private static final int SOME = 50_000;

    @TempDir
    static Path directory;

    @Test
    void whatAStoppedServerWasDoingAnotherOneGoesOnWithAtOnce() throws Exception {
        try (ServersOnPostgres servers = new ServersOnPostgres(
                        directory,
                        "hapi.binary.bulk-export.file-resources=" + FILE_RESOURCES,
                        "spring.lifecycle.timeout-per-shutdown-phase=" + TIMEOUT.toSeconds() + "s");
                ServerProcess stopped = servers.start("stopped", FreePorts.next())) {
            ManyObservations records =
                    new ManyObservations(servers.client(stopped.port(), "system/*.*"), servers.database(), PATIENTS);
            records.loadPatientsWithOrigins();
            records.loadObservations(OBSERVATIONS);
            ExportClient here = servers.client(stopped.port(), "system/*.rs");
            JsonNode file =
                    largestFile(here.awaitEnd(here.startExport(KICK_OFF)).body());
            URI url = URI.create(file.path("url").asText());
            try (RunningServer other = servers.startHere(FreePorts.next());
                    Download read = new Download(stopped.port(), url, here);
                    Download unread = new Download(stopped.port(), url, here)) {
                ExportClient there = servers.client(other.port(), "system/*.rs");
                String jobId = here.startExport(KICK_OFF);
                awaitWork(servers, jobId);
                stopped.terminate();
                LockSupport.parkNanos(A_PAUSE.toNanos());
                long size = file.path("fileSize").asLong();

                assertThat((long) read.rest().length).as("read in time").isEqualTo(size);
                ReadExport.of(there, there.awaitEnd(jobId, AT_ONCE), FILE_RESOURCES)
                        .assertEachOnce(RESOURCES);
                assertThat(servers.log("stopped")).anyMatch(line -> line.contains("is handed back"));
                Await.until("the end of the process", PATIENCE, () -> !stopped.isAlive());
                long part = unread.rest().length;
                assertThat(part).as("not read in time").isBetween(1L, size - 1);
                assertThat(part + resumed(there, url, part).length).isEqualTo(size);
            }
        }
    }

    private static JsonNode largestFile(String manifest) {
        return StreamSupport.stream(ExportClient.json(manifest).path("output").spliterator(), false)
                .max(Comparator.comparingLong(item -> item.path("fileSize").asLong()))
                .orElseThrow();
    }

    private static byte[] resumed(ExportClient client, URI url, long from) {
        var answer = client.getBytes(url.getPath().replaceFirst("^/fhir", ""), "Range", "bytes=" + from + "-");
        assertThat(answer.statusCode()).isEqualTo(206);
        return answer.body();
    }

    private static void awaitWork(ServersOnPostgres servers, String jobId) throws Exception {
        Await.until(
                "the first file of an export",
                PATIENCE,
                () -> servers.count("HBP_EXPORT_FILE join HBP_EXPORT using (EXPORT_ID) where JOB_ID = '" + jobId
                                + "' and HBP_EXPORT_FILE.STATE = 'AVAILABLE'")
                        > 0);
    }

    /** A download of which little is read at first, through buffers that hold little. */
    private static final class Download implements AutoCloseable {

        private final Socket socket = new Socket();
        private final ByteArrayOutputStream received = new ByteArrayOutputStream();

        Download(int port, URI url, ExportClient client) throws IOException {
            socket.setReceiveBufferSize(SMALL_BUFFER);
            socket.connect(new InetSocketAddress("localhost", port));
            socket.getOutputStream()
                    .write(("GET " + url.getPath() + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                    + "Authorization: " + client.authorization() + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            received.write(socket.getInputStream().readNBytes(SOME));
        }

        /** What has come of the content until the connection ended. */
        byte[] rest() throws IOException {
            InputStream in = socket.getInputStream();
            byte[] buffer = new byte[SOME];
            try {
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    received.write(buffer, 0, read);
                }
            } catch (IOException e) {
                // the connection was cut
            }
            String all = received.toString(StandardCharsets.ISO_8859_1);
            return all.substring(all.indexOf("\r\n\r\n") + 4).getBytes(StandardCharsets.ISO_8859_1);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
