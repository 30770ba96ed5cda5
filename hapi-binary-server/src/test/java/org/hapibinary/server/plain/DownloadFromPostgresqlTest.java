/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import ca.uhn.fhir.context.FhirContext;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import org.hapibinary.server.contract.AnyStoreContract;
import org.hapibinary.server.host.ServerUnderTest;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.AfterAll;

/** From a plain server. */
class DownloadFromPostgresqlTest extends AnyStoreContract {

    @SuppressWarnings("NullAway.Init") // started with the first test
    private EmbeddedPostgres postgres;

    @Override
    protected ServerUnderTest.Kind server() {
        return PlainHost.of(FhirContext.forR4Cached());
    }

    @Override
    protected String[] store() throws IOException {
        postgres = FreePorts.postgres();
        return new String[] {
            "spring.datasource.url=" + postgres.getJdbcUrl("postgres", "postgres"),
            "spring.datasource.username=postgres",
            "hapi.binary.storage.mode=database"
        };
    }

    @AfterAll
    @Override
    protected void stop() throws IOException {
        super.stop();
        postgres.close();
    }
}
