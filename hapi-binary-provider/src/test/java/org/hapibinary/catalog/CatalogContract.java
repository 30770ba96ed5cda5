/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.persistence.EntityManagerFactory;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.orm.jpa.vendor.HibernateJpaVendorAdapter;
import org.springframework.transaction.support.TransactionTemplate;

/** What the catalog promises, on the database of the subclass, whose tables Flyway has made and Hibernate has checked. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class CatalogContract {

    private static final Instant NOW = Instant.parse("2026-01-01T10:00:00.123Z");
    private static final Duration RETENTION = Duration.ofHours(24);

    private EntityManagerFactory entityManagerFactory;
    private TransactionTemplate transaction;
    private ExportCatalog catalog;

    abstract DataSource dataSource() throws Exception;

    @BeforeAll
    void migrateAndValidate() throws Exception {
        DataSource dataSource = dataSource();
        CatalogMigration migration = new CatalogMigration(dataSource);
        migration.migrate();
        migration.migrate();
        LocalContainerEntityManagerFactoryBean factory = new LocalContainerEntityManagerFactoryBean();
        factory.setDataSource(dataSource);
        factory.setJpaVendorAdapter(new HibernateJpaVendorAdapter());
        factory.setPackagesToScan("org.hapibinary.nothing");
        factory.setPersistenceUnitPostProcessors(
                unit -> CatalogEntities.CLASS_NAMES.forEach(unit::addManagedClassName));
        factory.setJpaPropertyMap(Map.of("hibernate.hbm2ddl.auto", "validate"));
        factory.afterPropertiesSet();
        entityManagerFactory = Objects.requireNonNull(factory.getObject());
        JpaTransactionManager transactionManager = new JpaTransactionManager(entityManagerFactory);
        transaction = new TransactionTemplate(transactionManager);
        catalog = new ExportCatalog(
                SharedEntityManagerCreator.createSharedEntityManager(entityManagerFactory),
                transactionManager,
                Clock.fixed(NOW, ZoneOffset.UTC));
    }

    @AfterAll
    void close() {
        entityManagerFactory.close();
    }

    private static String id() {
        return UUID.randomUUID().toString();
    }

    private Export running() {
        Export export = new Export(
                id(),
                new ExportOwner("https://issuer", "client", null, "system/*.rs"),
                "Group/g",
                "https://example.org/fhir/Group/g/$export",
                NOW);
        catalog.add(export);
        catalog.assignJob(export.id(), "job-" + export.id());
        return export;
    }

    private Export reloaded(Export export) {
        return catalog.findByJob("job-" + export.id()).orElseThrow();
    }

    private String publish(ChunkAttempt attempt, String resourceType) {
        String binaryId = id();
        catalog.announce(attempt, TestExports.newFile(binaryId, resourceType));
        catalog.publish(attempt, binaryId);
        return binaryId;
    }

    private List<String> listed(Export export) {
        return catalog.listedFiles(export.id()).stream()
                .map(ExportFile::binaryId)
                .toList();
    }

    private FileState stateOf(String binaryId) {
        return catalog.findFile(binaryId).orElseThrow().state();
    }

    @Test
    void anExportIsFoundByItsJobWithAllThatIsKnownOfIt() {
        Export export = reloaded(running());

        assertThat(export.state()).isEqualTo(ExportState.RUNNING);
        assertThat(export.owner().is("https://issuer", "client", null)).isTrue();
        assertThat(export.owner().scopes()).isEqualTo("system/*.rs");
        assertThat(export.exported()).contains("Group/g");
        assertThat(export.startedAt()).isEqualTo(NOW);
        assertThat(export.expiresAt()).isEmpty();
        assertThat(catalog.findByJob("no-such-job")).isEmpty();
    }

    @Test
    void anExportWhoseTransactionIsRolledBackIsNotThere() {
        Export export = new Export(id(), new ExportOwner("i", "c", null, ""), null, "url", NOW);
        transaction.executeWithoutResult(tx -> {
            catalog.add(export);
            catalog.assignJob(export.id(), "job-" + export.id());
            tx.setRollbackOnly();
        });

        assertThat(catalog.findByJob("job-" + export.id())).isEmpty();
    }

    @Test
    void completionNamesTheFilesOfEachTypeAndStartsTheRetention() {
        Export export = running();
        ChunkAttempt attempt = catalog.beginChunk(export.id(), id());
        publish(attempt, "Patient");
        publish(attempt, "Observation");
        publish(attempt, "Observation");
        publish(attempt, "Observation");

        catalog.complete(export.id(), NOW, RETENTION);

        assertThat(reloaded(export).state()).isEqualTo(ExportState.COMPLETE);
        assertThat(reloaded(export).expiresAt()).contains(NOW.plus(RETENTION));
        assertThat(catalog.listedFiles(export.id()).stream().map(ExportFile::fileName))
                .containsExactly(
                        "Observation.ndjson", "Observation-2.ndjson", "Observation-3.ndjson", "Patient.ndjson");
    }

    @Test
    void anAnnouncedFileIsNotListedUntilItIsPublishedAndIsDiscardedAtTheEnd() {
        Export export = running();
        ChunkAttempt attempt = catalog.beginChunk(export.id(), id());
        String binaryId = id();
        catalog.announce(attempt, TestExports.newFile(binaryId, "Patient"));

        assertThat(listed(export)).isEmpty();
        catalog.complete(export.id(), NOW, RETENTION);

        assertThat(stateOf(binaryId)).isEqualTo(FileState.DISCARDED);
    }

    @Test
    void aFileWhosePublicationIsRolledBackStaysAnnounced() {
        Export export = running();
        ChunkAttempt attempt = catalog.beginChunk(export.id(), id());
        String binaryId = id();
        transaction.executeWithoutResult(tx -> {
            catalog.announce(attempt, TestExports.newFile(binaryId, "Patient"));
            catalog.publish(attempt, binaryId);
            tx.setRollbackOnly();
        });

        assertThat(stateOf(binaryId)).isEqualTo(FileState.WRITING);
        catalog.discard(binaryId);
        assertThat(stateOf(binaryId)).isEqualTo(FileState.DISCARDED);
    }

    @Test
    void aChunkThatIsStartedAgainListsOnlyWhatItsLastAttemptHasWritten() {
        Export export = running();
        String chunkId = id();
        ChunkAttempt first = catalog.beginChunk(export.id(), chunkId);
        String published = publish(first, "Patient");
        String announced = id();
        catalog.announce(first, TestExports.newFile(announced, "Patient"));

        ChunkAttempt second = catalog.beginChunk(export.id(), chunkId);
        String again = publish(second, "Patient");

        assertThat(listed(export)).containsExactly(again);
        assertThat(stateOf(published)).isEqualTo(FileState.DISCARDED);
        assertThat(stateOf(announced)).isEqualTo(FileState.DISCARDED);
    }

    @Test
    void anAttemptThatHasBeenSupersededPublishesNothing() {
        Export export = running();
        String chunkId = id();
        ChunkAttempt first = catalog.beginChunk(export.id(), chunkId);
        catalog.beginChunk(export.id(), chunkId);

        assertThatThrownBy(() -> publish(first, "Patient")).isInstanceOf(SupersededAttemptException.class);
        assertThat(listed(export)).isEmpty();
    }

    @Test
    void anExportThatHasEndedTakesNoMoreFiles() {
        Export export = running();
        ChunkAttempt attempt = catalog.beginChunk(export.id(), id());
        catalog.delete(export.id());

        assertThatThrownBy(() -> publish(attempt, "Patient")).isInstanceOf(SupersededAttemptException.class);
    }

    @Test
    void theEndOfAnExportDiscardsItsFiles() {
        Export failed = running();
        String ofFailed = publish(catalog.beginChunk(failed.id(), id()), "Patient");
        Export deleted = running();
        String ofDeleted = publish(catalog.beginChunk(deleted.id(), id()), "Patient");
        catalog.complete(deleted.id(), NOW, RETENTION);

        catalog.fail(failed.id());
        catalog.delete(deleted.id());

        assertThat(reloaded(failed).state()).isEqualTo(ExportState.FAILED);
        assertThat(reloaded(deleted).state()).isEqualTo(ExportState.DELETED);
        assertThat(List.of(stateOf(ofFailed), stateOf(ofDeleted))).containsOnly(FileState.DISCARDED);
    }

    @Test
    void onlyARunningExportCompletesFailsOrIsCancelled() {
        Export deleted = running();
        catalog.delete(deleted.id());
        Export complete = running();
        catalog.complete(complete.id(), NOW, RETENTION);

        catalog.complete(deleted.id(), NOW, RETENTION);
        catalog.fail(deleted.id());
        catalog.fail(complete.id());
        catalog.cancel(complete.id());

        assertThat(reloaded(deleted).state()).isEqualTo(ExportState.DELETED);
        assertThat(reloaded(complete).state()).isEqualTo(ExportState.COMPLETE);
    }

    @Test
    void whatIsDiscardedOrExpiredIsErasableUntilItIsErased() {
        Export export = running();
        String expired = publish(catalog.beginChunk(export.id(), id()), "Patient");
        catalog.complete(export.id(), NOW, RETENTION);
        Export failed = running();
        String discarded = publish(catalog.beginChunk(failed.id(), id()), "Patient");
        catalog.fail(failed.id());

        assertThat(erasable(NOW)).contains(discarded).doesNotContain(expired);
        assertThat(erasable(NOW.plus(RETENTION))).contains(discarded, expired);

        catalog.erased(discarded);
        catalog.erased(expired);
        assertThat(erasable(NOW.plus(RETENTION))).doesNotContain(discarded, expired);
    }

    private List<String> erasable(Instant at) {
        return catalog.findErasable(at, 1_000).stream()
                .map(ExportFile::binaryId)
                .toList();
    }

    @Test
    void anExportIsQuietUntilAServerShowsThatItIsAtWorkOnIt() {
        Export export = running();

        assertThat(quiet(NOW)).doesNotContain(export.id());
        assertThat(quiet(NOW.plusSeconds(1))).contains(export.id());
        catalog.fail(export.id());
        assertThat(quiet(NOW.plusSeconds(1))).doesNotContain(export.id());
    }

    private List<String> quiet(Instant since) {
        return catalog.findQuietSince(since).stream().map(Export::id).toList();
    }

    @Test
    void aFilesDateHasWholeSeconds() {
        Export export = running();
        String binaryId = publish(catalog.beginChunk(export.id(), id()), "Patient");

        assertThat(catalog.findFile(binaryId).orElseThrow().lastModified())
                .isEqualTo(Instant.parse("2026-01-01T10:00:00Z"));
    }
}
