/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import org.hapibinary.server.contract.lifecycle.AuditContract;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.AfterAll;

class AuditOnPostgresqlTest extends AuditContract {

    @SuppressWarnings("NullAway.Init") // started with the first test
    private EmbeddedPostgres postgres;

    @Override
    protected String[] database() throws IOException {
        postgres = FreePorts.postgres();
        return new String[] {
            "spring.datasource.url=" + postgres.getJdbcUrl("postgres", "postgres"),
            "spring.datasource.username=postgres"
        };
    }

    @AfterAll
    @Override
    protected void stop() throws IOException {
        super.stop();
        postgres.close();
    }

    @Override
    protected String notChecked() {
        return "not valid";
    }
}
