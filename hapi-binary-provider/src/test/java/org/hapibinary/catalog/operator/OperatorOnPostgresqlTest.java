/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.operator;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import javax.sql.DataSource;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.AfterAll;

class OperatorOnPostgresqlTest extends OperatorContract {

    @SuppressWarnings("NullAway.Init") // started with the first test
    private EmbeddedPostgres postgres;

    @Override
    DataSource dataSource() throws IOException {
        postgres = FreePorts.postgres();
        return postgres.getPostgresDatabase();
    }

    @AfterAll
    void stop() throws IOException {
        postgres.close();
    }
}
