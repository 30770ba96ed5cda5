/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.h2.jdbcx.JdbcDataSource;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.catalog.ChunkAttempt;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportAuthorization;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportChunk;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.catalog.TestExports;
import org.hibernate.SessionFactory;
import org.hibernate.stat.Statistics;
import org.junit.jupiter.api.Test;

class CatalogPersistenceTest {

    private static final int FILES = 300;

    @Test
    void manyFilesAreNamedInFewRoundTrips() {
        JdbcDataSource dataSource = new JdbcDataSource();
        dataSource.setURL("jdbc:h2:mem:persistence;DB_CLOSE_DELAY=-1");
        new CatalogMigration(dataSource).migrate();
        try (CatalogPersistence persistence = new CatalogPersistence(dataSource)) {
            CatalogDatabase database = persistence.database(Clock.systemUTC());
            ExportCatalog catalog = new ExportCatalog(database);
            ExportWork work = new ExportWork(database);
            String id = UUID.randomUUID().toString();
            catalog.add(new Export(
                    id,
                    new ExportAuthorization("https://issuer", "client", null, "system/*.rs", List.of("Patient")),
                    null,
                    "https://example.org/fhir/$export",
                    "https://example.org/fhir",
                    Instant.now()));
            ChunkAttempt attempt =
                    ((ExportChunk.Start.Run) work.beginChunk(id, id, false, Duration.ofMinutes(2))).attempt();
            for (int number = 0; number < FILES; number++) {
                work.announce(attempt, TestExports.newFile("file-" + number, "Patient"));
                work.publish(attempt, TestExports.written("file-" + number), List.of(), List.of());
            }
            work.endChunk(attempt, true, List.of());
            Statistics statistics = database.entityManager()
                    .getEntityManagerFactory()
                    .unwrap(SessionFactory.class)
                    .getStatistics();
            statistics.setStatisticsEnabled(true);

            assertThat(catalog.complete(id, Instant.now(), Duration.ofHours(1), Duration.ofMinutes(2), null))
                    .isTrue();

            assertThat(statistics.getPrepareStatementCount()).isLessThan(FILES / 10);
            assertThat(catalog.listedFiles(id).stream().map(ExportFile::fileName))
                    .doesNotHaveDuplicates()
                    .hasSize(FILES)
                    .contains("Patient.ndjson", "Patient-2.ndjson", "Patient-" + FILES + ".ndjson");
        }
    }
}
