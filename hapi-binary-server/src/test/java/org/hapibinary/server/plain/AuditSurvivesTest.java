/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.observability.audit.AuditSink;
import org.hapibinary.server.client.Await;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.SmallExport;
import org.hapibinary.server.contract.lifecycle.RecordedEvents;
import org.hapibinary.server.host.SeededFile;
import org.hapibinary.server.host.ServerProcess;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.JdbcTemplate;

/** No audit event is lost while nobody takes any and the server is killed in the middle of a download. */
class AuditSurvivesTest {

    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String CLIENT = "client";

    /** More than kernels buffer. */
    private static final int LARGE = 32 << 20;

    @TempDir
    static Path directory;

    private final TestIssuer issuer = new TestIssuer();

    @Test
    void eachEventIsTakenInTheEnd() throws Exception {
        Sink sink = new Sink();
        try (issuer;
                EmbeddedPostgres postgres = FreePorts.postgres()) {
            String database = postgres.getJdbcUrl("postgres", "postgres");
            try (ServerProcess killed = KillableProgram.start(directory, issuer, database);
                    PlainHost other = PlainHost.start(
                            directory,
                            issuer,
                            settings -> settings.audit(sink),
                            "spring.datasource.url=" + database,
                            "spring.datasource.username=postgres")) {
                JdbcTemplate jdbc = new JdbcTemplate(other.bean(DataSource.class));
                use(killed, SeededFile.in(other, LARGE, issuer.url(), CLIENT), jdbc);
                assertThat(events(jdbc, "")).isEqualTo(6);

                sink.isUp = true;

                Await.until("all events", PATIENCE, () -> {
                    jdbc.execute("update HBP_AUDIT set DUE_AT = DUE_AT - interval '1 minute'"); // as if it passed
                    return sink.taken.size() >= 6;
                });
                assertThat(sink.taken.values())
                        .containsExactlyInAnyOrder(
                                "kick-off 0", "manifest 0", "download 0", "download 4", "download 8", "refusal 4");
                Await.until("nothing left", PATIENCE, () -> events(jdbc, "") == 0);
            }
        }
    }

    /** Leaves a download that is interrupted by the end of the server. */
    private void use(ServerProcess server, SeededFile large, JdbcTemplate jdbc) throws Exception {
        String base = ExportClient.nobody(server.port()).base();
        ExportClient client = ExportClient.withBearer(server.port(), issuer.token(base, CLIENT, "system/*.rs"));
        SmallExport export = SmallExport.by(client, "/$export?_type=Patient");
        assertThat(client.get(export.contentUrl("Patient")).statusCode()).isEqualTo(200);
        assertThat(client.get("/Binary/nothing/$binary-access-read").statusCode())
                .isEqualTo(404);
        readSome(client, large).close();
        Await.until(
                "the end of the broken download",
                PATIENCE,
                () -> events(jdbc, "where IS_OPEN") == 0 && events(jdbc, "") == 5);
        InputStream underWay = readSome(client, large);
        server.kill();
        underWay.close();
    }

    private static InputStream readSome(ExportClient client, SeededFile file) throws IOException {
        InputStream body = client.getStream(file.path()).body();
        assertThat(body.readNBytes(1000)).hasSize(1000);
        return body;
    }

    private static int events(JdbcTemplate jdbc, String where) {
        return jdbc.queryForList("select EVENT_ID from HBP_AUDIT " + where).size();
    }

    /** Takes events once it is let. */
    private static final class Sink implements AuditSink {

        private final Map<String, String> taken = new ConcurrentHashMap<>();
        private volatile boolean isUp;

        @Override
        public String name() {
            return KillableProgram.AUDIT_SINK;
        }

        @Override
        public void write(String id, String event) {
            if (!isUp) {
                throw new IllegalStateException("It takes none yet");
            }
            taken.put(
                    id,
                    RecordedEvents.action(ExportClient.json(event)) + " "
                            + ExportClient.json(event).path("outcome").asText());
        }
    }
}
