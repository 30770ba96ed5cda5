/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.hapibinary.server.client.Answers;
import org.hapibinary.server.client.Await;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.contract.JpaServerContract;
import org.hapibinary.server.host.ExportedGroup;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** With the configuration that an operator copies; what is particular to this machine is set over it. */
class ExportOnPostgresqlTest extends JpaServerContract {

    @SuppressWarnings("NullAway.Init") // started with the first test
    private EmbeddedPostgres postgres;

    @Override
    protected String[] store() throws IOException {
        postgres = FreePorts.postgres();
        return new String[] {
            "spring.config.additional-location=file:../config/application-postgresql.yaml",
            "hapi.binary.base-url=http://localhost:${server.port}/fhir",
            "hapi.binary.authorization.issuer=",
            "spring.datasource.url=" + postgres.getJdbcUrl("postgres", "postgres"),
            "spring.datasource.username=postgres"
        };
    }

    /** A manifest that listed nothing would say that there was nothing. */
    @Test
    void anExportThatIsDeletedWhileItsStatusIsAnsweredHasNoManifest() throws Exception {
        ExportClient client = group().testClient(ExportedGroup.ALL_TYPES);
        String jobId = client.startExport("/Patient/$export?_type=Patient");
        assertThat(client.awaitEnd(jobId).statusCode()).isEqualTo(200);
        try (Connection other = postgres.getPostgresDatabase().getConnection();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("lock table HBP_EXPORT_FILE in access exclusive mode");

            CompletableFuture<HttpResponse<String>> status = CompletableFuture.supplyAsync(() -> client.status(jobId));
            Await.until("the look-up of its files", Duration.ofSeconds(30), () -> {
                try (ResultSet waiting = statement.executeQuery("select count(*) from pg_locks where not granted"
                        + " and relation = 'hbp_export_file'::regclass and mode = 'AccessShareLock'")) {
                    return waiting.next() && waiting.getInt(1) > 0;
                }
            });
            statement.executeUpdate("update HBP_EXPORT_FILE set STATE = 'DISCARDED', DUE_AT = now()"
                    + " where EXPORT_ID = (select EXPORT_ID from HBP_EXPORT where JOB_ID = '" + jobId + "')");
            statement.executeUpdate("update HBP_EXPORT set STATE = 'DELETED', ENDED_AT = now(), DUE_AT = now()"
                    + " where JOB_ID = '" + jobId + "'");
            other.commit();

            Answers.assertOutcome(status.get(30, TimeUnit.SECONDS), 404, "not-found");
        }
    }

    @AfterAll
    @Override
    protected void stop() throws IOException {
        super.stop();
        postgres.close();
    }
}
