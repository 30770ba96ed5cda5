/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.StreamSupport;
import org.hapibinary.server.client.Await;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.SmallExport;
import org.hapibinary.server.host.RunningServer;
import org.hapibinary.server.host.ServerProcess;
import org.hapibinary.server.world.ManyObservations;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No audit event is lost while the FHIR store takes none and the server is killed in the middle of a download. */
class AuditSurvivesTest {

    private static final Duration PATIENCE = Duration.ofMinutes(3);

    /** More of them in one file than kernels buffer. */
    private static final int OBSERVATIONS = 40_000;

    @TempDir
    static Path directory;

    @Test
    void eachEventIsInTheStoreInTheEnd() throws Exception {
        try (ServersOnPostgres servers = new ServersOnPostgres(
                directory, "hapi.binary.audit.sink=fhir", "hapi.binary.bulk-export.file-resources=" + OBSERVATIONS)) {
            int port = RunningServer.freePort();
            try (ServerProcess server = servers.start("a", port)) {
                ManyObservations records =
                        new ManyObservations(servers.client(port, "system/*.*"), servers.database(), 10);
                records.loadPatients();
                records.loadObservations(OBSERVATIONS);
                change(
                        servers,
                        "alter table HFJ_RESOURCE add constraint NO_AUDIT"
                                + " check (RES_TYPE <> 'AuditEvent') not valid");
                use(servers, server);
            }
            assertThat(servers.count("HBP_AUDIT")).isEqualTo(6);
            try (RunningServer server = servers.startHere(port)) {
                change(servers, "alter table HFJ_RESOURCE drop constraint NO_AUDIT");

                ExportClient auditor = servers.client(server.port(), "system/AuditEvent.rs");
                Await.until("all events", PATIENCE, () -> actions(auditor).size() >= 6);
                assertThat(actions(auditor))
                        .containsExactlyInAnyOrder(
                                "kick-off 0", "manifest 0", "download 0", "download 4", "download 8", "refusal 4");
                Await.until("nothing left", PATIENCE, () -> servers.count("HBP_AUDIT") == 0);
            }
        }
    }

    /** Leaves a download that is interrupted by the end of the server. */
    private static void use(ServersOnPostgres servers, ServerProcess server) throws Exception {
        ExportClient client = servers.client(server.port(), "system/*.rs");
        SmallExport export = SmallExport.by(client, "/$export?_type=Patient,Observation");
        assertThat(client.get(export.contentUrl("Patient")).statusCode()).isEqualTo(200);
        assertThat(client.get("/Binary/nothing/$binary-access-read").statusCode())
                .isEqualTo(404);
        readSome(client, export).close();
        Await.until(
                "the end of the broken download",
                PATIENCE,
                () -> servers.count("HBP_AUDIT where IS_OPEN") == 0 && servers.count("HBP_AUDIT") == 5);
        InputStream underWay = readSome(client, export);
        server.kill();
        underWay.close();
    }

    private static InputStream readSome(ExportClient client, SmallExport export) throws IOException {
        InputStream body = client.getStream(export.contentUrl("Observation")).body();
        assertThat(body.readNBytes(1000)).hasSize(1000);
        return body;
    }

    private static void change(ServersOnPostgres servers, String sql) throws SQLException {
        try (Connection connection = servers.database().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static List<String> actions(ExportClient auditor) {
        JsonNode found = ExportClient.json(auditor.get("/AuditEvent?_count=100", "Cache-Control", "no-cache")
                .body());
        return StreamSupport.stream(found.path("entry").spliterator(), false)
                .map(entry -> entry.path("resource"))
                .map(event -> event.at("/meta/tag/0/code").asText() + " "
                        + event.path("outcome").asText())
                .toList();
    }
}
