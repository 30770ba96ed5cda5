/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.jpa.api.dao.IFhirResourceDao;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import javax.sql.DataSource;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.contract.lifecycle.UpgradeContract;
import org.hapibinary.server.host.RunningServer;
import org.hapibinary.server.host.ServerUnderTest;
import org.hapibinary.server.world.FormerCatalog;
import org.hapibinary.testing.FreePorts;
import org.hl7.fhir.r4.model.Binary;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** On a HAPI JPA server. */
class UpgradeOnPostgresqlTest extends UpgradeContract {

    @SuppressWarnings("NullAway.Init") // started with the first test
    private EmbeddedPostgres postgres;

    @SuppressWarnings("NullAway.Init") // likewise
    private RunningServer server;

    @Override
    protected DataSource database() throws IOException {
        postgres = FreePorts.postgres();
        return postgres.getPostgresDatabase();
    }

    @Override
    protected ServerUnderTest startServer() {
        server = RunningServer.startWithoutDemo(
                FreePorts.next(),
                directory,
                "spring.datasource.url=" + postgres.getJdbcUrl("postgres", "postgres"),
                "spring.datasource.username=postgres",
                "hapi.binary.authorization.issuer=" + issuer.url());
        IFhirResourceDao<Binary> binaries = server.bean(DaoRegistry.class).getResourceDao(Binary.class);
        for (String id : new String[] {"letter", "scan"}) {
            Binary binary = new Binary().setContentType("text/plain").setData(id.getBytes(StandardCharsets.UTF_8));
            binary.setId(id);
            binaries.update(binary, new SystemRequestDetails());
        }
        return server;
    }

    @AfterAll
    @Override
    protected void stop() throws IOException {
        super.stop();
        postgres.close();
    }

    @Test
    @Order(2)
    void attachmentsAreServedWithTheScopeThatPermittedThem() {
        String base = "http://localhost:" + server.port() + "/fhir";
        ExportClient all =
                ExportClient.withBearer(server.port(), issuer.token(base, FormerCatalog.CLIENT, "system/*.rs"));
        ExportClient patients =
                ExportClient.withBearer(server.port(), issuer.token(base, FormerCatalog.CLIENT, "system/Patient.rs"));

        assertThat(all.get("/Binary/scan/$binary-access-read").body()).isEqualTo("scan");
        assertThat(patients.get("/Binary/scan/$binary-access-read").statusCode())
                .isEqualTo(403);
        assertThat(patients.get("/Binary/letter/$binary-access-read").body()).isEqualTo("letter");
    }
}
