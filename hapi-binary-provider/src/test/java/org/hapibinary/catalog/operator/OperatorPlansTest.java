/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.hapibinary.catalog.ExplainedDataSource;
import org.hapibinary.catalog.FilledCatalog;
import org.hapibinary.catalog.TestCatalog;
import org.hapibinary.catalog.schema.CatalogMigration;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.Test;

/** The operator's view takes no longer because there are many exports. */
class OperatorPlansTest {

    @Test
    void everyStatementIsDrivenByAnIndex() throws IOException {
        try (EmbeddedPostgres postgres = FreePorts.postgres()) {
            new CatalogMigration(postgres.getPostgresDatabase()).migrate();
            FilledCatalog.fill(postgres.getPostgresDatabase(), 100_000, 3);
            ExplainedDataSource explained = new ExplainedDataSource(postgres.getPostgresDatabase());
            try (TestCatalog catalog = TestCatalog.on(explained, Clock.systemUTC())) {
                look(new ExportList(catalog.database(), url -> url));
                look(new CatalogOverview(catalog.database()));
                HeldClientRows held = new HeldClientRows(catalog.database());
                held.filesOfHeld(Set.of("a-file"));
                held.exportsOfHeld(Set.of("an-export"));
                RevokedExports revoked = new RevokedExports(catalog.database());
                revoked.ofClient("https://issuer", "client-5", "", 100);
                new ActivityRows(catalog.database()).addToExports(List.of(new ActivityRows.OfExport("x", 1, 1)));
            }
            assertThat(explained.statements()).isGreaterThan(15);
            assertThat(explained.faults()).isEmpty();
        }
    }

    private static void look(ExportList list) {
        for (String state : new String[] {null, "RUNNING", "COMPLETE", "EXPIRED", "FAILED", "DELETED"}) {
            for (String client : new String[] {null, "client-5"}) {
                for (String level : new String[] {null, "GROUP"}) {
                    ExportList.Page page = list.page(new ExportList.Filter(state, client, null, level), null, 25);
                    if (page.next() != null) {
                        list.page(new ExportList.Filter(state, client, null, level), page.next(), 25);
                    }
                }
            }
        }
        list.find("an-export");
        list.files("an-export", 100);
    }

    private static void look(CatalogOverview overview) {
        overview.damaged();
        overview.failedSince(Instant.now().minusSeconds(86_400));
        overview.filesBeingRead();
        overview.running(50);
        overview.runningCount();
        overview.stored(50);
        overview.storedBytes();
    }
}
