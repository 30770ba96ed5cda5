/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import javax.sql.DataSource;
import org.hapibinary.catalog.ExplainedDataSource;
import org.hapibinary.catalog.FilledCatalog;
import org.hapibinary.catalog.schema.CatalogMigration;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.AfterAll;

/** No statement takes longer because there are many exports: all that the tests of the contract cause are explained. */
class ErasurePlansTest extends ErasureContract {

    private static final int EXPORTS = 100_000;
    private static final int FILES_PER_EXPORT = 3;

    @SuppressWarnings("NullAway.Init") // started with the first test
    private EmbeddedPostgres postgres;

    @SuppressWarnings("NullAway.Init") // likewise
    private ExplainedDataSource explained;

    @Override
    DataSource dataSource() throws IOException {
        if (postgres == null) {
            postgres = FreePorts.postgres();
            DataSource database = postgres.getPostgresDatabase();
            new CatalogMigration(database).migrate();
            FilledCatalog.fill(database, EXPORTS, FILES_PER_EXPORT);
            explained = new ExplainedDataSource(database);
        }
        return explained;
    }

    @AfterAll
    void everyStatementIsDrivenByAnIndex() throws IOException {
        postgres.close();
        assertThat(explained.statements()).isGreaterThan(15);
        assertThat(explained.faults()).isEmpty();
    }
}
