/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import jakarta.persistence.PersistenceException;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.hapibinary.attachment.record.RecordPartition;
import org.hapibinary.catalog.maintenance.CatalogHome;
import org.hapibinary.catalog.maintenance.EngineBinaries;
import org.hapibinary.catalog.maintenance.ErasureQueue;
import org.hapibinary.catalog.maintenance.ExportRemains;
import org.hapibinary.catalog.quota.ExportQuota;
import org.hapibinary.catalog.schema.CatalogMigration;
import org.hapibinary.catalog.schema.DatabaseClock;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * What the catalog promises, on the database of the subclass, whose tables Flyway has made and Hibernate has checked.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class CatalogContract {

    private static final Instant NOW = Instant.parse("2026-01-01T10:00:00.123Z");
    private static final Duration RETENTION = Duration.ofHours(24);
    private static final Duration STALLED_AFTER = Duration.ofMinutes(2);
    private static final Duration DEAD = Duration.ofSeconds(-1);

    private static final ExportIssue SAID =
            new ExportIssue(ExportIssue.Severity.ERROR, "not-found", "something is missing");

    private CountedStatements counted;
    private TestCatalog database;
    private TransactionTemplate transaction;
    private ExportCatalog catalog;
    private ExportWork work;
    private ErasureQueue erasures;
    private ExportRemains ended;

    abstract DataSource dataSource() throws Exception;

    /** Without tables. */
    abstract DataSource emptyDataSource(String name) throws Exception;

    @BeforeAll
    void migrateAndValidate() throws Exception {
        DataSource dataSource = dataSource();
        counted = new CountedStatements(dataSource);
        database = TestCatalog.on(counted, Clock.fixed(NOW, ZoneOffset.UTC));
        new CatalogMigration(dataSource).migrate();
        transaction = database.transaction();
        catalog = database.catalog();
        work = new ExportWork(database.database());
        erasures = new ErasureQueue(database.database());
        ended = new ExportRemains(database.database(), Duration.ofDays(30), ExportRemains.Witness.NONE);
    }

    @AfterAll
    void close() {
        database.close();
    }

    private static String id() {
        return UUID.randomUUID().toString();
    }

    private Export running() {
        return running("client");
    }

    private Export running(String clientId) {
        Export export = new Export(
                id(),
                new ExportAuthorization("https://issuer", clientId, null, "system/*.rs", List.of("Patient")),
                "Group/g",
                "https://example.org/fhir/Group/g/$export",
                "https://example.org/fhir",
                NOW);
        catalog.add(export);
        catalog.assignJob(export.id(), "job-" + export.id());
        return export;
    }

    private Export reloaded(Export export) {
        return catalog.findByJob("job-" + export.id()).orElseThrow();
    }

    private void complete(Export export) {
        catalog.complete(export.id(), NOW, RETENTION, STALLED_AFTER, null);
    }

    private ExportChunk.Start start(Export export, String chunkId, boolean repeatable, Duration stalledAfter) {
        return work.beginChunk(export.id(), chunkId, repeatable, stalledAfter);
    }

    /** Starts a chunk that may be repeated; an attempt that is in work is taken for dead. */
    private ChunkAttempt begin(Export export, String chunkId) {
        return ((ExportChunk.Start.Run) start(export, chunkId, true, DEAD)).attempt();
    }

    /** In a chunk of its own, which is done then. */
    private String publishOne(Export export) {
        ChunkAttempt attempt = begin(export, id());
        String binaryId = publish(attempt, "Patient");
        work.endChunk(attempt, true, List.of());
        return binaryId;
    }

    @Test
    void aFileIsFoundWithItsExportInOneRoundTrip() {
        Export export = running();
        String binaryId = publishOne(export);
        counted.forget();

        ExportFile found = catalog.findFile(binaryId).orElseThrow();

        assertThat(found.export().id()).isEqualTo(export.id());
        assertThat(found.export().state()).isEqualTo(Export.State.RUNNING);
        assertThat(counted.statements()).hasSize(1);
        assertThat(counted.commits()).isZero();
    }

    private String publish(ChunkAttempt attempt, String resourceType) {
        String binaryId = id();
        work.announce(attempt, TestExports.newFile(binaryId, resourceType));
        work.publish(attempt, TestExports.written(binaryId), List.of(), List.of());
        return binaryId;
    }

    private void publishLarge(Export export, long size) {
        ChunkAttempt attempt = begin(export, id());
        String binaryId = id();
        work.announce(attempt, TestExports.newFile(binaryId, "Patient"));
        work.publish(attempt, TestExports.written(binaryId, size), List.of(), List.of());
        work.endChunk(attempt, true, List.of());
    }

    private List<String> listed(Export export) {
        return catalog.listedFiles(export.id()).stream()
                .map(ExportFile::binaryId)
                .toList();
    }

    private ExportFile.State stateOf(String binaryId) {
        return catalog.findFile(binaryId).orElseThrow().state();
    }

    @Test
    void anExportIsFoundByItsJobWithAllThatIsKnownOfIt() {
        Export export = reloaded(running());

        assertThat(export.state()).isEqualTo(Export.State.RUNNING);
        assertThat(export.authorization().isOf("https://issuer", "client", null, null))
                .isTrue();
        assertThat(export.authorization().scopes()).isEqualTo("system/*.rs");
        assertThat(export.kickOff().exported()).contains("Group/g");
        assertThat(export.startedAt()).isEqualTo(NOW);
        assertThat(export.expiresAt()).isEmpty();
        assertThat(catalog.findByJob("no-such-job")).isEmpty();
    }

    @Test
    void theClaimThatNamedTheClientIsRememberedAndComparedUnlessNoneIsKnown() {
        Export named = new Export(
                id(),
                new ExportAuthorization("https://issuer", "client", "azp", null, "system/*.rs", List.of("Patient")),
                null,
                "https://example.org/fhir/$export",
                "https://example.org/fhir",
                NOW);
        catalog.add(named);
        catalog.assignJob(named.id(), "job-" + named.id());

        assertThat(reloaded(named).authorization().isOf("https://issuer", "client", "azp", null))
                .isTrue();
        assertThat(reloaded(named).authorization().isOf("https://issuer", "client", "sub", null))
                .isFalse();
        assertThat(reloaded(named).authorization().isOf("https://issuer", "client", null, null))
                .isFalse();
        assertThat(reloaded(running()).authorization().isOf("https://issuer", "client", "sub", null))
                .isTrue();
    }

    @Test
    void whetherTheClientWasLimitedIsRememberedAndTakenToBeSoIfItIsNotKnown() {
        for (boolean limited : new boolean[] {true, false}) {
            Export export = new Export(
                    id(),
                    new ExportAuthorization("i", "c", null, "", List.of("Patient")),
                    null,
                    "https://example.org/fhir/$export",
                    "https://example.org/fhir",
                    NOW);
            export.kickOff().ofLimitedClient(limited);
            catalog.add(export);
            catalog.assignJob(export.id(), "job-" + export.id());

            assertThat(reloaded(export).kickOff().isOfLimitedClient()).isEqualTo(limited);
        }
        assertThat(reloaded(running()).kickOff().isOfLimitedClient()).isTrue();
    }

    @Test
    void anExportWhoseTransactionIsRolledBackIsNotThere() {
        Export export = new Export(
                id(), new ExportAuthorization("i", "c", null, "", List.of("Patient")), null, "url", "base", NOW);
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
        work.endChunk(attempt, true, List.of());

        complete(export);

        assertThat(reloaded(export).state()).isEqualTo(Export.State.COMPLETE);
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
        work.announce(attempt, TestExports.newFile(binaryId, "Patient"));

        assertThat(listed(export)).isEmpty();
        work.endChunk(attempt, true, List.of());
        complete(export);

        assertThat(stateOf(binaryId)).isEqualTo(ExportFile.State.DISCARDED);
    }

    @Test
    void aFileWhosePublicationIsRolledBackStaysAnnounced() {
        Export export = running();
        ChunkAttempt attempt = begin(export, id());
        String binaryId = id();
        transaction.executeWithoutResult(tx -> {
            work.announce(attempt, TestExports.newFile(binaryId, "Patient"));
            work.publish(attempt, TestExports.written(binaryId), List.of(), List.of());
            tx.setRollbackOnly();
        });

        assertThat(stateOf(binaryId)).isEqualTo(ExportFile.State.WRITING);
        work.discard(binaryId);
        assertThat(stateOf(binaryId)).isEqualTo(ExportFile.State.DISCARDED);
    }

    @Test
    void aFileThatIsErasedWhileItIsWrittenIsErasedOnceMore() {
        Export export = running();
        ChunkAttempt attempt = begin(export, id());
        String binaryId = id();
        work.announce(attempt, TestExports.newFile(binaryId, "Patient"));
        catalog.delete(export.id());
        erasures.eraseFiles(Set.of(), 1_000, () -> true, file -> true);
        assertThat(stateOf(binaryId)).isEqualTo(ExportFile.State.ERASED);

        work.publish(attempt, TestExports.written(binaryId), List.of(), List.of());

        assertThat(stateOf(binaryId)).isEqualTo(ExportFile.State.DISCARDED);
    }

    @Test
    void aChunkThatIsStartedAgainListsOnlyWhatItsLastAttemptHasWritten() {
        Export export = running();
        String chunkId = id();
        ChunkAttempt first = begin(export, chunkId);
        String published = publish(first, "Patient");
        String announced = id();
        work.announce(first, TestExports.newFile(announced, "Patient"));

        ChunkAttempt second = begin(export, chunkId);
        String again = publish(second, "Patient");

        assertThat(listed(export)).containsExactly(again);
        assertThat(stateOf(published)).isEqualTo(ExportFile.State.DISCARDED);
        assertThat(stateOf(announced)).isEqualTo(ExportFile.State.DISCARDED);
    }

    @Test
    void anAttemptThatHasBeenSupersededPublishesNothingAndEndsNothing() {
        Export export = running();
        String chunkId = id();
        ChunkAttempt first = begin(export, chunkId);
        ChunkAttempt second = begin(export, chunkId);

        String late = publish(first, "Patient");
        work.endChunk(first, true, List.of());

        assertThat(stateOf(late)).isEqualTo(ExportFile.State.DISCARDED);
        assertThat(start(export, chunkId, true, STALLED_AFTER)).isInstanceOf(ExportChunk.Start.InWork.class);
        work.endChunk(second, true, List.of());
        assertThat(start(export, chunkId, true, STALLED_AFTER)).isInstanceOf(ExportChunk.Start.Finished.class);
    }

    @Test
    void anExportThatHasEndedTakesNoMoreFiles() {
        Export export = running();
        ChunkAttempt attempt = begin(export, id());
        String binaryId = id();
        work.announce(attempt, TestExports.newFile(binaryId, "Patient"));
        catalog.delete(export.id());

        work.publish(attempt, TestExports.written(binaryId), List.of(), List.of());

        assertThat(stateOf(binaryId)).isEqualTo(ExportFile.State.DISCARDED);
    }

    @Test
    void aChunkInWorkIsNotStartedAgainUntilItsServerIsTakenForDead() {
        Export export = running();
        String repeatable = id();
        String onceOnly = id();
        start(export, repeatable, true, STALLED_AFTER);
        start(export, onceOnly, false, STALLED_AFTER);

        assertThat(start(export, repeatable, true, STALLED_AFTER)).isInstanceOf(ExportChunk.Start.InWork.class);
        assertThat(start(export, onceOnly, false, STALLED_AFTER)).isInstanceOf(ExportChunk.Start.InWork.class);
        assertThat(start(export, repeatable, true, DEAD)).isInstanceOf(ExportChunk.Start.Run.class);
        assertThat(start(export, onceOnly, false, DEAD)).isInstanceOf(ExportChunk.Start.Interrupted.class);
    }

    @Test
    void aChunkThatFailedIsRepeatedAtOnceWhereThatIsAllowed() {
        Export export = running();
        String repeatable = id();
        String onceOnly = id();
        for (String chunkId : List.of(repeatable, onceOnly)) {
            ExportChunk.Start.Run run =
                    (ExportChunk.Start.Run) start(export, chunkId, chunkId.equals(repeatable), STALLED_AFTER);
            work.endChunk(run.attempt(), false, List.of());
        }

        assertThat(start(export, repeatable, true, STALLED_AFTER)).isInstanceOf(ExportChunk.Start.Run.class);
        assertThat(start(export, onceOnly, false, STALLED_AFTER)).isInstanceOf(ExportChunk.Start.Interrupted.class);
    }

    @Test
    void anExportDoesNotCompleteWhileAServerIsAtWorkOnIt() {
        Export export = running();
        ChunkAttempt attempt = begin(export, id());

        complete(export);
        assertThat(reloaded(export).state()).isEqualTo(Export.State.RUNNING);

        work.endChunk(attempt, true, List.of());
        complete(export);
        assertThat(reloaded(export).state()).isEqualTo(Export.State.COMPLETE);
    }

    @Test
    void anExportWithAChunkThatWasLeftUnfinishedFails() {
        Export export = running();
        begin(export, id());

        catalog.complete(export.id(), NOW, RETENTION, DEAD, null);

        assertThat(reloaded(export).state()).isEqualTo(Export.State.FAILED);
    }

    @Test
    void theEndOfAnExportDiscardsItsFiles() {
        Export failed = running();
        String ofFailed = publishOne(failed);
        Export deleted = running();
        String ofDeleted = publishOne(deleted);
        complete(deleted);

        catalog.fail(failed.id(), ExportFailure.UNKNOWN);
        catalog.delete(deleted.id());

        assertThat(reloaded(failed).state()).isEqualTo(Export.State.FAILED);
        assertThat(reloaded(deleted).state()).isEqualTo(Export.State.DELETED);
        assertThat(List.of(stateOf(ofFailed), stateOf(ofDeleted))).containsOnly(ExportFile.State.DISCARDED);
    }

    @Test
    void onlyARunningExportCompletesFailsOrIsCancelled() {
        Export deleted = running();
        catalog.delete(deleted.id());
        Export complete = running();
        complete(complete);

        complete(deleted);
        catalog.fail(deleted.id(), ExportFailure.UNKNOWN);
        catalog.fail(complete.id(), ExportFailure.UNKNOWN);
        catalog.cancel(complete.id());

        assertThat(reloaded(deleted).state()).isEqualTo(Export.State.DELETED);
        assertThat(reloaded(complete).state()).isEqualTo(Export.State.COMPLETE);
    }

    @Test
    void nothingIsAnnouncedForAnExportThatHasEnded() {
        Export deleted = running();
        ChunkAttempt attempt = begin(deleted, id());
        catalog.delete(deleted.id());

        assertThatThrownBy(() -> work.announce(attempt, TestExports.newFile(id(), "Patient")))
                .isInstanceOf(Export.EndedException.class);
        assertThatThrownBy(() -> work.announceErrorFile(deleted.id(), TestExports.newFile(id(), "OperationOutcome")))
                .isInstanceOf(Export.EndedException.class);
    }

    @Test
    void whatThereIsToSayOfAChunkGoesWithItsAttempt() {
        Export export = running();
        String chunkId = id();
        ExportIssue known = new ExportIssue(ExportIssue.Severity.WARNING, "not-supported", "known at kick-off");
        ExportIssue first = new ExportIssue(ExportIssue.Severity.ERROR, "not-found", "first attempt");
        ExportIssue second = new ExportIssue(ExportIssue.Severity.ERROR, "not-found", "second attempt");
        work.report(export.id(), known);
        work.endChunk(begin(export, chunkId), false, List.of(first));

        ChunkAttempt attempt = begin(export, chunkId);
        String binaryId = id();
        work.announce(attempt, TestExports.newFile(binaryId, "Patient"));
        work.publish(attempt, TestExports.written(binaryId), List.of(), List.of(second));

        List<ExportIssue.Numbered> issues = work.issues(export.id(), 0, 10);
        assertThat(issues).extracting(ExportIssue.Numbered::issue).containsExactly(known, second);
        assertThat(work.issues(export.id(), issues.get(0).number(), 10))
                .extracting(ExportIssue.Numbered::issue)
                .containsExactly(second);
        assertThat(work.issues(export.id(), 0, 1)).hasSize(1);
    }

    @Test
    void anErrorFileBecomesPartOfItsExportWithTheCompletion() {
        Export export = running();
        publishOne(export);
        String errors = id();
        work.announceErrorFile(export.id(), TestExports.newFile(errors, "OperationOutcome"));
        assertThat(listed(export)).doesNotContain(errors);

        work.report(export.id(), SAID);
        assertThat(catalog.complete(export.id(), NOW, RETENTION, STALLED_AFTER, TestExports.written(errors)))
                .isTrue();

        assertThat(listed(export)).contains(errors);
        assertThat(catalog.findFile(errors).orElseThrow().fileName()).isEqualTo("OperationOutcome.ndjson");
    }

    @Test
    void anExportDoesNotCompleteBeforeItsErrorFileSaysAll() {
        Export export = running();
        publishOne(export);
        work.report(export.id(), SAID);

        assertThat(catalog.complete(export.id(), NOW, RETENTION, STALLED_AFTER, null))
                .isFalse();
        work.report(export.id(), SAID);
        String errors = id();
        work.announceErrorFile(export.id(), TestExports.newFile(errors, "OperationOutcome"));
        assertThat(catalog.complete(export.id(), NOW, RETENTION, STALLED_AFTER, TestExports.written(errors)))
                .as("an error file of one line for two things that are to be said")
                .isFalse();
        assertThat(reloaded(export).state()).isEqualTo(Export.State.RUNNING);

        work.discard(errors);
        assertThat(catalog.findFile(errors).orElseThrow().state()).isEqualTo(ExportFile.State.DISCARDED);
    }

    @Test
    void aDeletionDuringTheCompletionIsNotUndoneByIt() {
        Export export = running();
        publishOne(export);
        transaction.executeWithoutResult(tx -> {
            assertThat(reloaded(export).state()).isEqualTo(Export.State.RUNNING);
            CompletableFuture.runAsync(() -> catalog.delete(export.id())).join();
            complete(export);
        });

        assertThat(reloaded(export).state()).isEqualTo(Export.State.DELETED);
        assertThat(listed(export)).isEmpty();
    }

    @Test
    void nothingIsSaidOfAnExportThatHasEnded() {
        Export export = running();
        ChunkAttempt attempt = begin(export, id());
        catalog.delete(export.id());

        work.endChunk(attempt, true, List.of(SAID));
        work.report(export.id(), SAID);

        assertThat(work.issues(export.id(), 0, 10)).isEmpty();
    }

    @Test
    void whatIsToBeSaidDoesNotWaitForWhoeverEndsTheExport() {
        Export export = running();
        transaction.executeWithoutResult(tx -> {
            catalog.delete(export.id());
            assertThat(CompletableFuture.runAsync(() -> work.report(export.id(), SAID)))
                    .succeedsWithin(Duration.ofSeconds(10));
        });
    }

    @Test
    void charactersThatDatabasesDoNotTakeAreLeftOut() {
        Export export = running();
        String said = "a\u0000title\r\nof \uD83D\uDE00";
        work.report(export.id(), new ExportIssue(ExportIssue.Severity.ERROR, "not-found", said));
        assertThat(work.issues(export.id(), 0, 1))
                .extracting(issue -> issue.issue().diagnostics())
                .containsExactly("atitleof \uD83D\uDE00");

        assertThat(new NewAttachment("b", "1", "\u0000" + "\uD83D\uDE00".repeat(300)).title())
                .hasSize(NewAttachment.MAX_TITLE_LENGTH)
                .startsWith("\uD83D\uDE00");
        assertThat(new NewAttachment("b", "1", "x" + "\uD83D\uDE00".repeat(300)).title())
                .hasSize(NewAttachment.MAX_TITLE_LENGTH - 1)
                .endsWith("\uD83D\uDE00");
    }

    @Test
    void ofSeveralFilesWithTheSameAttachmentTheSameIsAlwaysFoundFirst() {
        Export export = running();
        String binaryId = id();
        for (String fileId : List.of("2-" + binaryId, "1-" + binaryId)) {
            ChunkAttempt attempt = begin(export, id());
            work.announce(attempt, TestExports.newFile(fileId, "DocumentReference"));
            work.publish(
                    attempt, TestExports.written(fileId), List.of(new NewAttachment(binaryId, "7", null)), List.of());
            work.endChunk(attempt, true, List.of());
        }
        complete(export);

        assertThat(catalog.findAttachments(binaryId, "https://issuer", "client", null, 10))
                .extracting(attachment -> attachment.file().binaryId())
                .containsExactly("1-" + binaryId, "2-" + binaryId);
    }

    @Test
    void anExportKeepsThePartOfTheRecordThatItIsOf() {
        Export export = running();
        assertThat(reloaded(export).kickOff().recordPartition()).isEmpty();
        Export limited =
                new Export(id(), export.authorization(), null, "https://example.org/fhir/$export", "https://x", NOW);
        limited.kickOff().limitedTo("{\"partitionIds\":[7]}");
        catalog.add(limited);

        ExportChunk.Start start = work.beginChunk(limited.id(), id(), true, STALLED_AFTER);

        assertThat(start).isInstanceOfSatisfying(ExportChunk.Start.Run.class, run -> assertThat(
                        run.export().kickOff().recordPartition())
                .contains("{\"partitionIds\":[7]}"));
    }

    @Test
    void anExportMayBeOfHundredsOfPartitions() {
        String partitions = Objects.requireNonNull(
                RecordPartition.format(RequestPartitionId.fromPartitionNames(IntStream.range(0, 500)
                        .mapToObj(number -> "tenant-of-a-hospital-" + number)
                        .toList())));
        Export limited =
                new Export(id(), running().authorization(), null, "https://example.org/fhir/$export", "https://x", NOW);
        limited.kickOff().limitedTo(partitions);
        catalog.add(limited);

        ExportChunk.Start start = work.beginChunk(limited.id(), id(), true, STALLED_AFTER);

        assertThat(start).isInstanceOfSatisfying(ExportChunk.Start.Run.class, run -> assertThat(
                        run.export().kickOff().recordPartition())
                .contains(partitions));
    }

    @Test
    void aCodeThatIsNoneOfFhirsIsRefusedAndReadAsOneThatIs() {
        assertThatThrownBy(() -> new ExportIssue(ExportIssue.Severity.ERROR, "of-the-host", "something"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("of-the-host");
        Export export = running();
        transaction.executeWithoutResult(tx -> database.database()
                .entityManager()
                .createNativeQuery("insert into HBP_EXPORT_ISSUE (EXPORT_ID, SEVERITY, CODE, DIAGNOSTICS)"
                        + " values (:export, 'ERROR', 'of-the-host', 'something')")
                .setParameter("export", export.id())
                .executeUpdate());

        assertThat(work.issues(export.id(), 0, 1))
                .extracting(issue -> issue.issue().code())
                .containsExactly("processing");
    }

    @Test
    void anAttachmentIsFoundForItsCallerOnly() {
        Export others = running("other-client");
        Export own = running();
        Export gone = running();
        String binaryId = id();
        for (Export export : List.of(others, gone, own)) {
            ChunkAttempt attempt = begin(export, id());
            String fileId = id();
            work.announce(attempt, TestExports.newFile(fileId, "DocumentReference"));
            work.publish(
                    attempt,
                    TestExports.written(fileId),
                    List.of(new NewAttachment(binaryId, "7", "scan.png")),
                    List.of());
            work.endChunk(attempt, true, List.of());
            complete(export);
        }
        catalog.delete(gone.id());

        assertThat(catalog.findAttachments(binaryId, "https://issuer", "client", null, 10))
                .extracting(attachment -> attachment.export().id())
                .containsExactly(own.id());
        assertThat(catalog.findAttachments(binaryId, "https://issuer", "client", null, 1))
                .singleElement()
                .satisfies(attachment -> {
                    assertThat(attachment.versionId()).isEqualTo("7");
                    assertThat(attachment.title()).contains("scan.png");
                });
        catalog.delete(own.id());
        assertThat(catalog.findAttachments(binaryId, "https://issuer", "client", null, 10))
                .as("what tells why there is none")
                .extracting(attachment -> attachment.export().id())
                .containsExactlyInAnyOrder(own.id(), gone.id());
        assertThat(catalog.isAttachment(binaryId)).isTrue();
        assertThat(catalog.findAttachments(id(), "https://issuer", "client", null, 10))
                .isEmpty();
        assertThat(catalog.isAttachment(id())).isFalse();
    }

    @Test
    void anExportIsQuietUntilAServerShowsThatItIsAtWorkOnIt() {
        Export export = running();

        assertThat(quiet(STALLED_AFTER)).doesNotContain(export.id());
        assertThat(quiet(DEAD)).contains(export.id());
        catalog.fail(export.id(), ExportFailure.UNKNOWN);
        assertThat(quiet(DEAD)).doesNotContain(export.id());
    }

    @Test
    void ofSeveralServersOneLooksAfterAQuietExport() {
        Export quiet = new Export(
                id(),
                new ExportAuthorization("i", "c", null, "", List.of("Patient")),
                null,
                "url",
                "base",
                NOW.minus(Duration.ofHours(1)));
        catalog.add(quiet);

        assertThat(catalog.claim(quiet)).isTrue();
        assertThat(catalog.claim(quiet)).isFalse();
        assertThat(quiet(STALLED_AFTER)).doesNotContain(quiet.id());
    }

    @Test
    void aSignOfLifeCountsForTheCurrentAttemptOnly() {
        Export export = running();
        String chunkId = id();
        ChunkAttempt dead = begin(export, chunkId);
        ChunkAttempt current = begin(export, chunkId);
        work.endChunk(current, false, List.of());

        work.heartbeat(List.of(dead));
        assertThat(start(export, chunkId, true, STALLED_AFTER)).isInstanceOf(ExportChunk.Start.Run.class);
    }

    private List<String> quiet(Duration time) {
        return catalog.findStalled(time).stream().map(Export::id).toList();
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
        work.announce(attempt, TestExports.newFile(written, "Patient"));
        String published = publish(attempt, "Patient");
        String discarded = id();
        work.announce(attempt, TestExports.newFile(discarded, "Patient"));
        Export deleted = running();
        String erased = publishOne(deleted);
        catalog.delete(deleted.id());
        erasures.eraseFiles(Set.of(), 1_000, () -> true, file -> true);
        work.discard(discarded);

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
    void whatAnAttemptHandsOnCountsOnlyIfNoOtherAttemptHasBegunSince() {
        Export export = running();
        ChunkAttempt first = begin(export, id());
        ChunkAttempt second = begin(export, first.chunkId());

        assertThat(work.isCurrent(first)).isFalse();
        assertThat(work.isCurrent(second)).isTrue();
        assertThat(work.isCurrent(new ChunkAttempt(export.id(), "no-such-chunk", 1)))
                .isFalse();
    }

    @Test
    void anAttemptThatHasFinishedIsTheLastOne() {
        Export export = running();
        ChunkAttempt attempt = begin(export, id());

        work.finishChunk(attempt, 0);
        // HAPI's own completion of the chunk fails, for instance
        work.endChunk(attempt, false, List.of());

        assertThat(start(export, attempt.chunkId(), true, DEAD)).isInstanceOf(ExportChunk.Start.Finished.class);
        assertThat(work.isCurrent(attempt)).isTrue();
    }

    /** The engine may take a job for done of which a chunk was never run. */
    @Test
    void anExportIsNotCompleteWithoutTheChunksThatWereHandedOn() {
        Export export = running();
        ChunkAttempt first = begin(export, id());
        work.finishChunk(first, 2);
        work.finishChunk(begin(export, id()), 0);
        work.finishUnusedChunk(begin(export, id()));

        assertThat(catalog.complete(export.id(), NOW, RETENTION, STALLED_AFTER, null))
                .isFalse();

        Export failed = reloaded(export);
        assertThat(failed.state()).isEqualTo(Export.State.FAILED);
        assertThat(failed.failure()).contains(ExportFailure.NOT_WHOLE);
    }

    @Test
    void anExportIsCompleteWithAllChunksThatWereHandedOn() {
        Export export = running();
        work.finishChunk(begin(export, id()), 2);
        work.finishChunk(begin(export, id()), 1);
        work.finishChunk(begin(export, id()), 0);
        work.finishUnusedChunk(begin(export, id()));
        work.finishChunk(begin(export, id()), 0);

        assertThat(catalog.complete(export.id(), NOW, RETENTION, STALLED_AFTER, null))
                .isTrue();
    }

    /** A server of the version before does not say what its chunks have handed on. */
    @Test
    void chunksThatSayNothingOfOthersAreTakenForAll() {
        Export export = running();
        work.finishChunk(begin(export, id()), 2);
        work.endChunk(begin(export, id()), true, List.of());

        assertThat(catalog.complete(export.id(), NOW, RETENTION, STALLED_AFTER, null))
                .isTrue();
    }

    @Test
    void anAttemptThatHasBeenSupersededFinishesNothingAndSaysNothing() {
        Export export = running();
        ChunkAttempt first = begin(export, id());
        ChunkAttempt second = begin(export, first.chunkId());

        work.report(first, List.of(SAID));

        assertThatThrownBy(() -> work.finishChunk(first, 0)).isInstanceOf(ChunkAttempt.SupersededException.class);
        assertThat(catalog.isDone(export.id())).isFalse();
        work.finishChunk(second, 0);
        assertThat(catalog.isDone(export.id())).isTrue();
        assertThat(work.issues(export.id(), 0, 10)).isEmpty();
    }

    @Test
    void aChunkIsStalledWhenItsServerShowsNoHeartbeat() {
        Export export = running();
        ChunkAttempt inWork = begin(export, id());
        ChunkAttempt finished = begin(export, id());
        work.finishChunk(finished, 0);

        assertThat(work.stalledChunks(export.id(), DEAD)).containsExactly(inWork.chunkId());
        assertThat(work.stalledChunks(export.id(), STALLED_AFTER)).isEmpty();
    }

    @Test
    void aFileHasOneVersionOfAnAttachmentWhicheverIsAddedFirst() {
        Export export = running();
        ChunkAttempt attempt = begin(export, id());
        String fileId = id();
        work.announce(attempt, TestExports.newFile(fileId, "DocumentReference"));

        assertThat(work.addAttachments(fileId, List.of(new NewAttachment("scan", "1", "Scan"))))
                .containsEntry("scan", "1");
        assertThat(work.addAttachments(
                        fileId, List.of(new NewAttachment("scan", "2", null), new NewAttachment("letter", "7", null))))
                .containsEntry("scan", "1")
                .containsEntry("letter", "7");
        assertThat(catalog.isAttachment("letter")).isTrue();
    }

    @Test
    void anExportKnowsWhichVersionsOfDocumentsItHasButForThoseOfDiscardedFiles() {
        Export export = running();
        String binaryId = id();
        String kept = id();
        String discarded = id();
        for (String fileId : List.of(discarded, kept)) {
            ChunkAttempt attempt = begin(export, id());
            work.announce(attempt, TestExports.newFile(fileId, "DocumentReference"));
            work.addAttachments(fileId, List.of(new NewAttachment(binaryId, fileId.equals(kept) ? "2" : "1", null)));
        }
        work.discard(discarded);

        assertThat(work.attachmentVersions(export.id(), List.of(binaryId, "another")))
                .isEqualTo(Map.of(binaryId, "2"));
        assertThat(work.attachmentVersions(running().id(), List.of(binaryId))).isEmpty();
    }

    @Test
    void whatPermittedAnAttachmentIsRemembered() {
        for (Attachment.Permission permission : Attachment.Permission.values()) {
            String binaryId = id();
            String fileId = id();
            ChunkAttempt attempt = begin(running(), id());
            work.announce(attempt, TestExports.newFile(fileId, "DocumentReference"));
            work.publish(
                    attempt,
                    TestExports.written(fileId),
                    List.of(new NewAttachment(binaryId, "7", permission, null)),
                    List.of());

            assertThat(catalog.findAttachments(binaryId, "https://issuer", "client", null, 1))
                    .singleElement()
                    .satisfies(held -> assertThat(held.permission()).isEqualTo(permission));
        }
    }

    @Test
    void whatAnAttachmentHoldsIsKeptOnceItIsKnown() {
        Export export = running();
        String binaryId = id();
        ChunkAttempt attempt = begin(export, id());
        String fileId = id();
        work.announce(attempt, TestExports.newFile(fileId, "DocumentReference"));
        work.publish(attempt, TestExports.written(fileId), List.of(new NewAttachment(binaryId, "7", null)), List.of());
        Attachment.Content content = new Attachment.Content("image/png", NOW, 5_000_000_000L, "ab12");
        Attachment unknown = catalog.findAttachments(binaryId, "https://issuer", "client", null, 1)
                .get(0);
        assertThat(unknown.content()).isEmpty();

        catalog.describe(unknown, content);

        assertThat(catalog.findAttachments(binaryId, "https://issuer", "client", null, 1))
                .singleElement()
                .satisfies(known -> assertThat(known.content()).contains(content));
    }

    @Test
    void theMembersOfAnExportAreReplacedWholeAndGoWithItsContent() {
        Export export = running();
        ExportMembers members = new ExportMembers(database.database());

        ChunkAttempt superseded = begin(export, id());
        members.replace(
                superseded, IntStream.range(0, 2_500).mapToObj(Long::valueOf).toList(), List.of());
        members.replace(begin(export, superseded.chunkId()), List.of(1L), List.of(5_000L));

        assertThatThrownBy(() -> members.replace(superseded, List.of(7L), List.of()))
                .isInstanceOf(ChunkAttempt.SupersededException.class);
        assertThat(memberCount(export)).isEqualTo(2);
        catalog.delete(export.id());
        while (ended.lookAtOne(ended -> true).isPresent()) {}
        assertThat(memberCount(export)).isZero();
    }

    private long memberCount(Export export) {
        return transaction.execute(tx -> ((Number) database.database()
                        .entityManager()
                        .createNativeQuery("select count(*) from HBP_EXPORT_MEMBER where EXPORT_ID = :id")
                        .setParameter("id", export.id())
                        .getSingleResult())
                .longValue());
    }

    @Test
    void binariesThatHapiMadeForFilesAreKnownUntilTheyAreGoneOnceTheirExportHasEnded() {
        Export export = running();
        ChunkAttempt attempt = begin(export, id());
        String own = id();
        String hapis = id();
        work.announce(attempt, TestExports.newFile(own, "Patient"));
        work.announce(attempt, TestExports.newFile(hapis, "Patient").withEngineBinary());
        EngineBinaries binaries = new EngineBinaries(database.database());

        assertThat(binaries.some("", 10_000)).doesNotContain(own, hapis);
        catalog.delete(export.id());
        assertThat(binaries.some("", 10_000)).contains(hapis).doesNotContain(own);
        binaries.gone(List.of(hapis));
        assertThat(binaries.some("", 10_000)).doesNotContain(own, hapis);
    }

    @Test
    void exportsThatRunAreKnownOldestFirst() {
        Export running = running();
        Export deleted = running();
        catalog.delete(deleted.id());

        assertThat(catalog.hasRunning()).isTrue();
        assertThat(catalog.running())
                .extracting(Export::id)
                .contains(running.id())
                .doesNotContain(deleted.id());
        assertThat(catalog.runningJobs())
                .isEqualTo(catalog.running().stream()
                        .map(Export::jobId)
                        .flatMap(Optional::stream)
                        .toList())
                .contains(reloaded(running).jobId().orElseThrow());
    }

    @Test
    void theBinariesOfExportsAreKnownInEveryState() {
        Export export = running();
        ExportChunk.Start.Run chunk = (ExportChunk.Start.Run) work.beginChunk(export.id(), id(), true, STALLED_AFTER);
        String written = id();
        String discarded = id();
        work.announce(chunk.attempt(), TestExports.newFile(written, "Patient"));
        work.announce(chunk.attempt(), TestExports.newFile(discarded, "Patient"));
        work.discard(discarded);

        assertThat(catalog.findFile(written)).isPresent();
        assertThat(catalog.findFile(discarded)).isPresent();
        assertThat(catalog.findFile("other")).isEmpty();
    }

    private static ExportQuota.Limits limits(int perClient, int inAll) {
        return new ExportQuota.Limits(perClient, inAll, null, null, Duration.ZERO);
    }

    private Export draft(String clientId) {
        return new Export(
                id(),
                new ExportAuthorization("https://issuer", clientId, null, "system/*.rs", List.of("Patient")),
                null,
                "https://example.org/fhir/$export",
                "https://example.org/fhir",
                NOW);
    }

    private boolean isAdded(ExportQuota quota, String clientId) {
        try {
            quota.add(draft(clientId));
            return true;
        } catch (ExportQuota.LimitReachedException e) {
            return false;
        }
    }

    @Test
    void aKickOffDoesNotWaitForOneThatDoesNotEnd() throws Exception {
        ExportQuota quota = new ExportQuota(database.database(), limits(3, 1_000_000));
        try (Connection hung = dataSource().getConnection();
                Statement statement = hung.createStatement()) {
            hung.setAutoCommit(false);
            statement.executeQuery("select NAME from HBP_LOCK where NAME = 'KICK_OFF' for update");

            assertThat(CompletableFuture.supplyAsync(() -> isAdded(quota, id())))
                    .failsWithin(Duration.ofSeconds(20))
                    .withThrowableOfType(ExecutionException.class)
                    .withCauseInstanceOf(PersistenceException.class);

            hung.rollback();
        }
        assertThat(isAdded(quota, id())).isTrue();
    }

    @Test
    void kickOffsAtTheSameTimeDoNotExceedTheLimitOfTheirClient() {
        String client = id();
        List<ExportQuota> servers = List.of(
                new ExportQuota(database.database(), limits(3, 1_000_000)),
                new ExportQuota(database.database(), limits(3, 1_000_000)));

        long added = IntStream.range(0, 12)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> isAdded(servers.get(i % 2), client)))
                .toList()
                .stream()
                .filter(CompletableFuture::join)
                .count();

        assertThat(added).isEqualTo(3);
        assertThat(isAdded(servers.get(0), client + "-of-others")).isTrue();
    }

    @Test
    void whenAllRunThatMayAClientWithNoneIsLetInUpToTwiceAsMany() {
        int running = catalog.running().size();
        ExportQuota quota = new ExportQuota(database.database(), limits(100, running + 1));
        String greedy = id();

        assertThat(isAdded(quota, greedy)).isTrue();
        assertThatThrownBy(() -> quota.add(draft(greedy)))
                .isInstanceOfSatisfying(ExportQuota.LimitReachedException.class, reached -> assertThat(reached.limit())
                        .isEqualTo("hapi.binary.limits.exports"));
        for (int i = 0; i <= running; i++) {
            assertThat(isAdded(quota, id())).isTrue();
        }
        assertThat(isAdded(quota, id())).isFalse();
    }

    @Test
    void anExportFailsThatGrowsOverWhatItsClientMayStore() {
        String client = id();
        Export export = running(client);
        publishOne(export);
        NewFile.Written written = TestExports.written(id());
        DownloadableFile.StoredBytes gzip = written.gzip();
        long stored = written.identity().size() + (gzip == null ? 0 : gzip.size());
        ExportQuota just =
                new ExportQuota(database.database(), new ExportQuota.Limits(9, 1_000_000, stored, null, Duration.ZERO));
        ExportQuota less = new ExportQuota(
                database.database(), new ExportQuota.Limits(9, 1_000_000, stored - 1, null, Duration.ZERO));

        just.failIfTooLarge(export.id());
        assertThat(reloaded(export).state()).isEqualTo(Export.State.RUNNING);
        assertThat(isAdded(just, client)).isFalse();
        assertThat(isAdded(just, id())).isTrue();

        less.failIfTooLarge(export.id());
        assertThat(reloaded(export).state()).isEqualTo(Export.State.FAILED);
        assertThat(reloaded(export).failure()).hasValueSatisfying(failure -> {
            assertThat(failure.code()).isEqualTo("too-costly");
            assertThat(failure.diagnostics()).contains("hapi.binary.limits.stored-bytes-per-client");
        });
    }

    @Test
    void whatAllMayStoreIsCountedOfAll() {
        String greedy = id();
        Export export = running(greedy);
        publishLarge(export, 1_000 + catalogBytes());
        long stored = catalogBytes();
        ExportQuota full = quotaOfAll(stored);
        ExportQuota notFull = quotaOfAll(stored + 1);

        assertThat(isAdded(notFull, greedy)).isTrue();
        assertThatThrownBy(() -> full.add(draft(greedy)))
                .isInstanceOfSatisfying(ExportQuota.LimitReachedException.class, reached -> assertThat(reached.limit())
                        .isEqualTo("hapi.binary.limits.stored-bytes"));
        full.failIfTooLarge(export.id());
        assertThat(reloaded(export).state()).isEqualTo(Export.State.RUNNING);
        quotaOfAll(stored - 1).failIfTooLarge(export.id());
        assertThat(reloaded(export).failure()).hasValueSatisfying(failure -> assertThat(failure.diagnostics())
                .contains("hapi.binary.limits.stored-bytes."));
    }

    @Test
    void whoHasLessThanItsShareMayStoreWhenOthersHaveFilledTheStore() {
        Export own = running(id());
        publishOne(own);
        publishLarge(running(id()), 1_000);
        ExportQuota full = quotaOfAll(catalogBytes());
        ExportQuota overfull = quotaOfAll(catalogBytes() / 2);

        assertThat(isAdded(full, id())).isTrue();
        full.failIfTooLarge(own.id());
        assertThat(reloaded(own).state()).isEqualTo(Export.State.RUNNING);
        assertThat(isAdded(overfull, id())).isFalse();
    }

    private long catalogBytes() {
        return database.database().inNewTransaction(() -> database.database()
                .entityManager()
                .createQuery("select coalesce(sum(e.storedBytes), 0) from Export e where e.storedBytes > 0", Long.class)
                .getSingleResult());
    }

    private ExportQuota quotaOfAll(long bytes) {
        return new ExportQuota(database.database(), new ExportQuota.Limits(9, 1_000_000, null, bytes, Duration.ZERO));
    }

    @Test
    void anExportIsPolledOnceInTheInterval() {
        Export export = running();
        ExportQuota quota = new ExportQuota(
                database.database(), new ExportQuota.Limits(5, 50, null, null, Duration.ofMillis(4_500)));

        quota.poll(export.id());
        assertThatThrownBy(() -> quota.poll(export.id()))
                .isInstanceOfSatisfying(ExportQuota.LimitReachedException.class, reached -> {
                    assertThat(reached.limit()).isEqualTo("hapi.binary.limits.poll-interval");
                    assertThat(reached.retryAfterSeconds()).isEqualTo(5);
                });
        quota.poll(running().id());
        assertThat(quota.secondsBetweenPolls()).isEqualTo(5);
    }

    @Test
    void whatWasAskedForIsKnownOfAnExport() {
        Export export = draft("client");
        export.kickOff().asked(KickOffRequest.Level.PATIENT, List.of("one", "two.2"), "north");
        catalog.add(export);
        catalog.assignJob(export.id(), "job-" + export.id());

        assertThat(reloaded(export).kickOff().level()).isEqualTo(KickOffRequest.Level.PATIENT);
        assertThat(reloaded(export).kickOff().patients()).containsExactlyInAnyOrder("one", "two.2");
        assertThat(reloaded(export).kickOff().tenant()).contains("north");
    }

    @Test
    void filesOfExportsThatEndedBeforeAMomentAreOverdue() {
        Export complete = running();
        String expired = publishOne(complete);
        complete(complete);
        Export deleted = running();
        String ofDeleted = publishOne(deleted);
        catalog.delete(deleted.id());
        String ofRunning = publishOne(running());
        Set<String> all = Set.of(expired, ofDeleted, ofRunning, "no-such");

        assertThat(erasures.overdue(all, NOW.minusMillis(1))).isEmpty();
        assertThat(erasures.overdue(all, NOW)).containsExactly(ofDeleted);
        assertThat(erasures.overdue(all, NOW.plus(RETENTION))).containsExactlyInAnyOrder(expired, ofDeleted);
        assertThat(erasures.overdue(Set.of(), NOW.plus(RETENTION))).isEmpty();
        assertThat(erasures.overdueExports(Set.of(complete.id(), deleted.id(), "no-such"), NOW))
                .containsExactly(deleted.id());
        assertThat(erasures.overdueExports(Set.of(complete.id(), deleted.id()), NOW.plus(RETENTION)))
                .containsExactlyInAnyOrder(complete.id(), deleted.id());
    }

    @Test
    void aServerWhoseClockDiffersFromTheDatabasesDoesNotStart() throws Exception {
        for (int seconds : List.of(0, 6, -6, 31, -31)) {
            Clock clock = Clock.offset(Clock.systemUTC(), Duration.ofSeconds(seconds));
            try (TestCatalog server = TestCatalog.on(dataSource(), clock)) {
                if (Math.abs(seconds) > 30) {
                    assertThatThrownBy(() -> DatabaseClock.requireAgreement(server.database()))
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("NTP");
                } else {
                    assertThat(DatabaseClock.requireAgreement(server.database()))
                            .isBetween(Duration.ofSeconds(seconds - 2), Duration.ofSeconds(seconds + 2));
                }
            }
        }
    }

    @Test
    void ofSeveralServersOneSearchesForOrphansInEachInterval() {
        CatalogHome home = new CatalogHome(database.database());

        assertThat(home.beginOrphanCheck(Duration.ofHours(1))).isTrue();
        assertThat(home.beginOrphanCheck(Duration.ofHours(1))).isFalse();
        assertThat(home.beginOrphanCheck(Duration.ZERO)).isTrue();
    }

    /** They show that they are at work at the same moment, each of chunks of the same exports. */
    @Test
    void serversThatWorkOnTheSameExportsDoNotKeepEachOtherFromShowingIt() throws Exception {
        List<ChunkAttempt> here = new ArrayList<>();
        List<ChunkAttempt> there = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Export export = running();
            here.add(begin(export, id()));
            there.add(0, begin(export, id()));
        }
        for (int round = 0; round < 20; round++) {
            CompletableFuture<Void> other = CompletableFuture.runAsync(() -> work.heartbeat(there));
            work.heartbeat(here);
            other.get();
        }
        assertThat(quiet(STALLED_AFTER))
                .doesNotContainAnyElementsOf(
                        here.stream().map(ChunkAttempt::exportId).toList());
    }

    /** Publishing locks a chunk, then its export. */
    @Test
    void aServerThatShowsItIsAtWorkKeepsNoChunkFromPublishing() throws Exception {
        Export export = running();
        ChunkAttempt first = begin(export, "1" + id());
        ChunkAttempt second = begin(export, "2" + id());
        try (Connection publishing = dataSource().getConnection();
                Statement statement = publishing.createStatement()) {
            publishing.setAutoCommit(false);
            statement.executeQuery(
                    "select ATTEMPT from HBP_EXPORT_CHUNK where CHUNK_ID = '" + second.chunkId() + "' for update");
            CompletableFuture<Void> heartbeat = waitingHeartbeat(List.of(first, second));

            statement.executeQuery(
                    "select STATE from HBP_EXPORT where EXPORT_ID = '" + export.id() + "' for update nowait");

            publishing.commit();
            heartbeat.get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void anExportThatSomebodyHasLockedKeepsNoChunkOfAnotherFromPublishing() throws Exception {
        Export locked = running();
        Export free = running();
        List<ChunkAttempt> attempts = List.of(begin(locked, id()), begin(free, id()));
        try (Connection ending = dataSource().getConnection();
                Statement statement = ending.createStatement()) {
            ending.setAutoCommit(false);
            statement.executeQuery("select STATE from HBP_EXPORT where EXPORT_ID = '" + locked.id() + "' for update");
            CompletableFuture<Void> heartbeat = waitingHeartbeat(attempts);

            assertThat(CompletableFuture.runAsync(() -> work.finishChunk(attempts.get(1), 0)))
                    .succeedsWithin(Duration.ofSeconds(20));
            assertThat(heartbeat).isNotDone();

            ending.commit();
            heartbeat.get(20, TimeUnit.SECONDS);
        }
    }

    /** One that waits for what the test has locked. */
    private CompletableFuture<Void> waitingHeartbeat(List<ChunkAttempt> attempts) throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Void> heartbeat = CompletableFuture.runAsync(() -> {
            begun.countDown();
            work.heartbeat(attempts);
        });
        assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
        assertThatThrownBy(() -> heartbeat.get(500, TimeUnit.MILLISECONDS))
                .as("it waits")
                .isInstanceOf(TimeoutException.class);
        return heartbeat;
    }

    /** The next attempt, on whichever server, does not wait for one that has ended. */
    @Test
    void aHeartbeatOfAnAttemptThatHasEndedIsNone() {
        Export export = running();
        ChunkAttempt attempt = begin(export, id());
        work.endChunk(attempt, false, List.of());

        work.heartbeat(List.of(attempt));

        assertThat(start(export, attempt.chunkId(), true, STALLED_AFTER)).isInstanceOf(ExportChunk.Start.Run.class);
    }

    @Test
    void aChunkOfAnExportThatHasEndedIsNotStarted() {
        Export export = running();
        catalog.delete(export.id());

        assertThat(start(export, id(), true, STALLED_AFTER)).isInstanceOf(ExportChunk.Start.Finished.class);
    }

    @Test
    void aServerIsAtWorkAsLongAsItHasAChunk() {
        ChunkAttempt attempt = begin(running(), id());

        assertThat(work.isAnyoneAtWork(STALLED_AFTER)).isTrue();
        assertThat(work.isAnyoneAtWork(DEAD)).isFalse();
        work.endChunk(attempt, true, List.of());
    }

    @Test
    void aServerWhoseClockIsAheadDoesNotTakeTheOthersForDead() throws Exception {
        Export export = running();
        ChunkAttempt attempt = begin(export, id());
        try (TestCatalog ahead = TestCatalog.on(dataSource(), Clock.offset(Clock.systemUTC(), Duration.ofDays(1)))) {
            assertThat(new ExportWork(ahead.database()).beginChunk(export.id(), attempt.chunkId(), true, STALLED_AFTER))
                    .isInstanceOf(ExportChunk.Start.InWork.class);
            assertThat(ahead.catalog().findStalled(STALLED_AFTER))
                    .extracting(Export::id)
                    .doesNotContain(export.id());
        }
    }

    @Test
    void aTransactionThatTheDatabaseGivesUpForAnotherOnesSakeIsDoneOnceMore() throws Exception {
        Export one = running();
        Export two = running();
        CyclicBarrier bothHaveOne = new CyclicBarrier(2);

        CompletableFuture<Void> other = CompletableFuture.runAsync(() -> lockBoth(two, one, bothHaveOne));
        lockBoth(one, two, bothHaveOne);

        assertThat(other).succeedsWithin(Duration.ofSeconds(30));
    }

    private void lockBoth(Export first, Export second, CyclicBarrier bothHaveOne) {
        AtomicBoolean again = new AtomicBoolean();
        database.database().inNewTransaction(() -> {
            database.database().store(first.id(), 1);
            if (!again.getAndSet(true)) {
                try {
                    bothHaveOne.await(10, TimeUnit.SECONDS);
                } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
                    throw new IllegalStateException(e);
                }
            }
            database.database().store(second.id(), 1);
        });
    }
}
