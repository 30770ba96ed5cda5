/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.transaction.support.TransactionTemplate;

/** What the catalog promises, on the database of the subclass, whose tables Flyway has made and Hibernate has checked. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class CatalogContract {

    private static final Instant NOW = Instant.parse("2026-01-01T10:00:00.123Z");
    private static final Duration RETENTION = Duration.ofHours(24);
    private static final Duration STALLED_AFTER = Duration.ofMinutes(2);
    private static final Duration DEAD = Duration.ofSeconds(-1);

    private TestCatalog database;
    private TransactionTemplate transaction;
    private ExportCatalog catalog;

    abstract DataSource dataSource() throws Exception;

    /** Without tables. */
    abstract DataSource emptyDataSource(String name) throws Exception;

    @BeforeAll
    void migrateAndValidate() throws Exception {
        DataSource dataSource = dataSource();
        database = TestCatalog.on(dataSource, Clock.fixed(NOW, ZoneOffset.UTC));
        new CatalogMigration(dataSource).migrate();
        transaction = database.transaction();
        catalog = database.catalog();
    }

    @AfterAll
    void close() {
        database.close();
    }

    private static String id() {
        return UUID.randomUUID().toString();
    }

    private Export running() {
        Export export = new Export(
                id(),
                new ExportAuthorization("https://issuer", "client", null, "system/*.rs", List.of("Patient")),
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

    private void complete(Export export) {
        catalog.complete(export.id(), NOW, RETENTION, STALLED_AFTER);
    }

    private ChunkStart start(Export export, String chunkId, boolean repeatable, Duration stalledAfter) {
        return catalog.beginChunk(export.id(), chunkId, repeatable, stalledAfter);
    }

    /** Starts a chunk that may be repeated; an attempt that is in work is taken for dead. */
    private ChunkAttempt begin(Export export, String chunkId) {
        return ((ChunkStart.Run) start(export, chunkId, true, DEAD)).attempt();
    }

    /** In a chunk of its own, which is done then. */
    private String publishOne(Export export) {
        ChunkAttempt attempt = begin(export, id());
        String binaryId = publish(attempt, "Patient");
        catalog.endChunk(attempt, true);
        return binaryId;
    }

    private String publish(ChunkAttempt attempt, String resourceType) {
        String binaryId = id();
        catalog.announce(attempt, TestExports.newFile(binaryId, resourceType));
        catalog.publish(attempt, TestExports.written(binaryId));
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
        assertThat(export.authorization().isOf("https://issuer", "client", null))
                .isTrue();
        assertThat(export.authorization().scopes()).isEqualTo("system/*.rs");
        assertThat(export.exported()).contains("Group/g");
        assertThat(export.startedAt()).isEqualTo(NOW);
        assertThat(export.expiresAt()).isEmpty();
        assertThat(catalog.findByJob("no-such-job")).isEmpty();
    }

    @Test
    void anExportWhoseTransactionIsRolledBackIsNotThere() {
        Export export =
                new Export(id(), new ExportAuthorization("i", "c", null, "", List.of("Patient")), null, "url", NOW);
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
        ChunkAttempt attempt = begin(export, id());
        publish(attempt, "Patient");
        publish(attempt, "Observation");
        publish(attempt, "Observation");
        publish(attempt, "Observation");
        catalog.endChunk(attempt, true);

        complete(export);

        assertThat(reloaded(export).state()).isEqualTo(ExportState.COMPLETE);
        assertThat(reloaded(export).expiresAt()).contains(NOW.plus(RETENTION));
        assertThat(catalog.listedFiles(export.id()).stream().map(ExportFile::fileName))
                .containsExactly(
                        "Observation.ndjson", "Observation-2.ndjson", "Observation-3.ndjson", "Patient.ndjson");
    }

    @Test
    void anAnnouncedFileIsNotListedUntilItIsPublishedAndIsDiscardedAtTheEnd() {
        Export export = running();
        ChunkAttempt attempt = begin(export, id());
        String binaryId = id();
        catalog.announce(attempt, TestExports.newFile(binaryId, "Patient"));

        assertThat(listed(export)).isEmpty();
        catalog.endChunk(attempt, true);
        complete(export);

        assertThat(stateOf(binaryId)).isEqualTo(FileState.DISCARDED);
    }

    @Test
    void aFileWhosePublicationIsRolledBackStaysAnnounced() {
        Export export = running();
        ChunkAttempt attempt = begin(export, id());
        String binaryId = id();
        transaction.executeWithoutResult(tx -> {
            catalog.announce(attempt, TestExports.newFile(binaryId, "Patient"));
            catalog.publish(attempt, TestExports.written(binaryId));
            tx.setRollbackOnly();
        });

        assertThat(stateOf(binaryId)).isEqualTo(FileState.WRITING);
        catalog.discard(binaryId);
        assertThat(stateOf(binaryId)).isEqualTo(FileState.DISCARDED);
    }

    @Test
    void aFileThatIsErasedWhileItIsWrittenIsErasedOnceMore() {
        Export export = running();
        ChunkAttempt attempt = begin(export, id());
        String binaryId = id();
        catalog.announce(attempt, TestExports.newFile(binaryId, "Patient"));
        catalog.delete(export.id());
        catalog.erased(binaryId);

        catalog.publish(attempt, TestExports.written(binaryId));

        assertThat(stateOf(binaryId)).isEqualTo(FileState.DISCARDED);
    }

    @Test
    void aChunkThatIsStartedAgainListsOnlyWhatItsLastAttemptHasWritten() {
        Export export = running();
        String chunkId = id();
        ChunkAttempt first = begin(export, chunkId);
        String published = publish(first, "Patient");
        String announced = id();
        catalog.announce(first, TestExports.newFile(announced, "Patient"));

        ChunkAttempt second = begin(export, chunkId);
        String again = publish(second, "Patient");

        assertThat(listed(export)).containsExactly(again);
        assertThat(stateOf(published)).isEqualTo(FileState.DISCARDED);
        assertThat(stateOf(announced)).isEqualTo(FileState.DISCARDED);
    }

    @Test
    void anAttemptThatHasBeenSupersededPublishesNothingAndEndsNothing() {
        Export export = running();
        String chunkId = id();
        ChunkAttempt first = begin(export, chunkId);
        ChunkAttempt second = begin(export, chunkId);

        String late = publish(first, "Patient");
        catalog.endChunk(first, true);

        assertThat(stateOf(late)).isEqualTo(FileState.DISCARDED);
        assertThat(start(export, chunkId, true, STALLED_AFTER)).isInstanceOf(ChunkStart.InWork.class);
        catalog.endChunk(second, true);
        assertThat(start(export, chunkId, true, STALLED_AFTER)).isInstanceOf(ChunkStart.Finished.class);
    }

    @Test
    void anExportThatHasEndedTakesNoMoreFiles() {
        Export export = running();
        ChunkAttempt attempt = begin(export, id());
        catalog.delete(export.id());

        assertThat(stateOf(publish(attempt, "Patient"))).isEqualTo(FileState.DISCARDED);
    }

    @Test
    void aChunkInWorkIsNotStartedAgainUntilItsServerIsTakenForDead() {
        Export export = running();
        String repeatable = id();
        String onceOnly = id();
        start(export, repeatable, true, STALLED_AFTER);
        start(export, onceOnly, false, STALLED_AFTER);

        assertThat(start(export, repeatable, true, STALLED_AFTER)).isInstanceOf(ChunkStart.InWork.class);
        assertThat(start(export, onceOnly, false, STALLED_AFTER)).isInstanceOf(ChunkStart.InWork.class);
        assertThat(start(export, repeatable, true, DEAD)).isInstanceOf(ChunkStart.Run.class);
        assertThat(start(export, onceOnly, false, DEAD)).isInstanceOf(ChunkStart.Interrupted.class);
    }

    @Test
    void aChunkThatFailedIsRepeatedAtOnceWhereThatIsAllowed() {
        Export export = running();
        String repeatable = id();
        String onceOnly = id();
        for (String chunkId : List.of(repeatable, onceOnly)) {
            ChunkStart.Run run = (ChunkStart.Run) start(export, chunkId, chunkId.equals(repeatable), STALLED_AFTER);
            catalog.endChunk(run.attempt(), false);
        }

        assertThat(start(export, repeatable, true, STALLED_AFTER)).isInstanceOf(ChunkStart.Run.class);
        assertThat(start(export, onceOnly, false, STALLED_AFTER)).isInstanceOf(ChunkStart.Interrupted.class);
    }

    @Test
    void anExportDoesNotCompleteWhileAServerIsAtWorkOnIt() {
        Export export = running();
        ChunkAttempt attempt = begin(export, id());

        complete(export);
        assertThat(reloaded(export).state()).isEqualTo(ExportState.RUNNING);

        catalog.endChunk(attempt, true);
        complete(export);
        assertThat(reloaded(export).state()).isEqualTo(ExportState.COMPLETE);
    }

    @Test
    void anExportWithAChunkThatWasLeftUnfinishedFails() {
        Export export = running();
        begin(export, id());

        catalog.complete(export.id(), NOW, RETENTION, DEAD);

        assertThat(reloaded(export).state()).isEqualTo(ExportState.FAILED);
    }

    @Test
    void theEndOfAnExportDiscardsItsFiles() {
        Export failed = running();
        String ofFailed = publishOne(failed);
        Export deleted = running();
        String ofDeleted = publishOne(deleted);
        complete(deleted);

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
        complete(complete);

        complete(deleted);
        catalog.fail(deleted.id());
        catalog.fail(complete.id());
        catalog.cancel(complete.id());

        assertThat(reloaded(deleted).state()).isEqualTo(ExportState.DELETED);
        assertThat(reloaded(complete).state()).isEqualTo(ExportState.COMPLETE);
    }

    @Test
    void whatIsDiscardedOrExpiredIsErasableUntilItIsErased() {
        Export export = running();
        String expired = publishOne(export);
        complete(export);
        Export failed = running();
        String discarded = publishOne(failed);
        catalog.fail(failed.id());

        assertThat(erasable(NOW)).contains(discarded).doesNotContain(expired);
        assertThat(erasable(NOW.plus(RETENTION))).contains(discarded, expired);

        catalog.erased(discarded);
        catalog.erased(expired);
        assertThat(erasable(NOW.plus(RETENTION))).doesNotContain(discarded, expired);
    }

    @Test
    void whatAnEndedExportLeavesUnpublishedIsErasable() {
        Export deleted = running();
        ChunkAttempt attempt = begin(deleted, id());
        catalog.delete(deleted.id());
        String late = id();
        catalog.announce(attempt, TestExports.newFile(late, "Patient"));

        assertThat(stateOf(late)).isEqualTo(FileState.WRITING);
        assertThat(erasable(NOW)).contains(late);
    }

    @Test
    void erasableFilesComeInPages() {
        Export export = running();
        String one = publishOne(export);
        String two = publishOne(export);
        catalog.fail(export.id());
        String first = one.compareTo(two) < 0 ? one : two;
        String second = one.compareTo(two) < 0 ? two : one;

        assertThat(catalog.findErasable(NOW, first, 1_000).stream().map(ExportFile::binaryId))
                .contains(second)
                .doesNotContain(first);
        assertThat(catalog.findErasable(NOW, "", 1)).hasSize(1);
    }

    private List<String> erasable(Instant at) {
        return catalog.findErasable(at, "", 1_000).stream()
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

    @Test
    void ofSeveralServersOneLooksAfterAQuietExport() {
        Export quiet = new Export(
                id(),
                new ExportAuthorization("i", "c", null, "", List.of("Patient")),
                null,
                "url",
                NOW.minus(Duration.ofHours(1)));
        catalog.add(quiet);

        assertThat(catalog.claim(quiet)).isTrue();
        assertThat(catalog.claim(quiet)).isFalse();
        assertThat(quiet(NOW)).doesNotContain(quiet.id());
    }

    @Test
    void aSignOfLifeCountsForTheCurrentAttemptOnly() {
        Export export = running();
        String chunkId = id();
        ChunkAttempt dead = begin(export, chunkId);
        ChunkAttempt current = begin(export, chunkId);
        catalog.endChunk(current, false);

        catalog.showActivity(List.of(dead));
        assertThat(start(export, chunkId, true, STALLED_AFTER)).isInstanceOf(ChunkStart.Run.class);
    }

    private List<String> quiet(Instant since) {
        return catalog.findQuietSince(since).stream().map(Export::id).toList();
    }

    @Test
    void aFilesDateHasWholeSeconds() {
        Export export = running();
        String binaryId = publishOne(export);

        assertThat(catalog.findFile(binaryId).orElseThrow().lastModified())
                .isEqualTo(Instant.parse("2026-01-01T10:00:00Z"));
    }

    @Test
    void theContentOfAFileIsKnownUntilItIsErased() {
        Export export = running();
        ChunkAttempt attempt = begin(export, id());
        String written = id();
        catalog.announce(attempt, TestExports.newFile(written, "Patient"));
        String published = publish(attempt, "Patient");
        String discarded = id();
        catalog.announce(attempt, TestExports.newFile(discarded, "Patient"));
        catalog.discard(discarded);
        String erased = publish(attempt, "Patient");
        catalog.erased(erased);

        assertThat(catalog.contentOf(List.of(written, published, discarded, erased, "other")))
                .containsExactlyInAnyOrder(
                        "content-of-" + written,
                        "gzip-of-" + written,
                        "content-of-" + published,
                        "gzip-of-" + published,
                        "content-of-" + discarded,
                        "gzip-of-" + discarded);
        assertThat(catalog.contentOf(List.of(erased))).isEmpty();
        assertThat(catalog.contentOf(List.of())).isEmpty();
    }

    @Test
    void theContentOfMoreFilesThanAQueryTakesIsKnown() {
        Export export = running();
        String last = publishOne(export);
        List<String> many = new ArrayList<>(
                IntStream.range(0, 1_200).mapToObj(i -> "none-" + i).toList());
        many.add(last);

        assertThat(catalog.contentOf(many)).containsExactlyInAnyOrder("content-of-" + last, "gzip-of-" + last);
    }

    @Test
    void aCatalogKeepsTheIdentityThatWasMadeWithIt() throws Exception {
        CatalogMigration migration = new CatalogMigration(emptyDataSource("another"));
        migration.migrate();
        String id = migration.catalogId();

        migration.migrate();

        assertThat(migration.catalogId()).isEqualTo(id).matches("[a-z0-9]{8}");
        assertThat(identity()).isNotEqualTo(id).matches("[a-z0-9]{8}");
    }

    private String identity() throws Exception {
        return new CatalogMigration(dataSource()).catalogId();
    }

    @Test
    void theBinariesOfExportsAreKnownInEveryState() {
        Export export = running();
        ChunkStart.Run chunk = (ChunkStart.Run) catalog.beginChunk(export.id(), id(), true, STALLED_AFTER);
        String written = id();
        String discarded = id();
        catalog.announce(chunk.attempt(), TestExports.newFile(written, "Patient"));
        catalog.announce(chunk.attempt(), TestExports.newFile(discarded, "Patient"));
        catalog.discard(discarded);

        assertThat(catalog.binariesOfExports(List.of(written, discarded, "other")))
                .containsExactlyInAnyOrder(written, discarded);
        assertThat(catalog.binariesOfExports(List.of("other"))).isEmpty();
        assertThat(catalog.binariesOfExports(List.of())).isEmpty();
    }
}
