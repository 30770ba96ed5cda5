/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;

/** With the configuration that an operator copies; what is particular to this machine is set over it. */
class ExportOnPostgresqlTest extends ExportJourney {

    @SuppressWarnings("NullAway.Init") // started with the first test
    private EmbeddedPostgres postgres;

    @Override
    String[] store() throws IOException {
        postgres = EmbeddedPostgres.start();
        return new String[] {
            "spring.config.additional-location=file:../config/application-postgresql.yaml",
            "hapi.binary.base-url=http://localhost:${server.port}/fhir",
            "hapi.binary.authorization.issuer=",
            "spring.datasource.url=" + postgres.getJdbcUrl("postgres", "postgres"),
            "spring.datasource.username=postgres"
        };
    }

    @AfterAll
    @Override
    void stop() throws IOException {
        super.stop();
        postgres.close();
    }
}
