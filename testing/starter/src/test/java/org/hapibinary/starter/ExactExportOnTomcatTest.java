/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.starter;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import org.hapibinary.server.contract.export.ExactExportContract;
import org.hapibinary.server.contract.export.IncrementContract;
import org.hapibinary.server.host.ServerUnderTest;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.AfterAll;

/** In a host like the starter, of whatever HAPI and whatever version of FHIR. */
class ExactExportOnTomcatTest extends ExactExportContract implements IncrementContract {

    @SuppressWarnings("NullAway.Init") // started with the first test
    private EmbeddedPostgres postgres;

    @Override
    protected ServerUnderTest server(String... properties) {
        return StarterLike.startWithoutData(directory, properties);
    }

    @Override
    protected String[] database() throws IOException {
        postgres = FreePorts.postgres();
        return new String[] {
            "database=" + postgres.getJdbcUrl("postgres", "postgres"),
            "spring.datasource.username=postgres",
            "spring.jpa.properties.hibernate.dialect=ca.uhn.fhir.jpa.model.dialect.HapiFhirPostgresDialect"
        };
    }

    @Override
    @AfterAll
    protected void stop() throws IOException {
        super.stop();
        postgres.close();
    }
}
