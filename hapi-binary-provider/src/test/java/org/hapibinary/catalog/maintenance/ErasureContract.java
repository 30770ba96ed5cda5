/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.hapibinary.catalog.ChunkAttempt;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportAuthorization;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportChunk;
import org.hapibinary.catalog.ExportFailure;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.catalog.NewAttachment;
import org.hapibinary.catalog.NewFile;
import org.hapibinary.catalog.TestCatalog;
import org.hapibinary.catalog.TestExports;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What is to be erased, and when, and by whom, on the database of the subclass. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ErasureContract {

    private static final Duration RETENTION = Duration.ofHours(24);
    private static final Duration A_MOMENT = Duration.ofMinutes(1);

    /** Not of what a subclass has filled the database with. */
    private static final String OF_THE_TEST = " where EXPORT_ID not like 'filled-%'";

    private static final Duration TOMBSTONE = Duration.ofDays(30);

    private final SetClock clock = new SetClock();

    private TestCatalog database;
    private ExportCatalog catalog;
    private ExportWork work;
    private ErasureQueue queue;
    private ExportRemains ended;

    abstract DataSource dataSource() throws Exception;

    @BeforeAll
    void migrate() throws Exception {
        database = TestCatalog.on(dataSource(), clock);
        catalog = database.catalog();
        work = new ExportWork(database.database());
        queue = new ErasureQueue(database.database());
        ended = new ExportRemains(database.database(), TOMBSTONE, ExportRemains.Witness.NONE);
    }

    /** What one test has left is not the next one's. */
    @AfterEach
    void eraseAll() {
        catalog.running().forEach(export -> catalog.delete(export.id()));
        clock.now = clock.now.plus(Duration.ofDays(365));
        for (int i = 0; i < 3; i++) {
            while (queue.eraseFiles(Set.of(), 1_000, () -> true, file -> true) > 0) {
                clock.now = clock.now.plus(A_MOMENT);
            }
            finished();
            clock.now = clock.now.plus(TOMBSTONE);
        }
        assertThat(count("HBP_EXPORT") + count("HBP_EXPORT_FILE") + count("HBP_EXPORT_CHUNK"))
                .isZero();
    }

    /** Of what the test has made. */
    private long count(String table) {
        return Objects.requireNonNull(database.transaction().execute(tx -> ((Number) database.database()
                        .entityManager()
                        .createNativeQuery("select count(*) from " + table + OF_THE_TEST)
                        .getSingleResult())
                .longValue()));
    }

    @AfterAll
    void close() {
        database.close();
    }

    private static String id() {
        return UUID.randomUUID().toString();
    }

    Set<String> filesOfAFailedExport(int count) {
        Export export = running();
        Set<String> files = new HashSet<>();
        for (int i = 0; i < count; i++) {
            files.add(publish(export));
        }
        catalog.fail(export.id(), ExportFailure.UNKNOWN);
        return files;
    }

    ErasureQueue queue() {
        return queue;
    }

    private Export running() {
        Export export = new Export(
                id(),
                new ExportAuthorization("https://issuer", "client", null, "system/*.rs", List.of("Patient")),
                null,
                "https://example.org/fhir/$export",
                "https://example.org/fhir",
                clock.now);
        catalog.add(export);
        catalog.assignJob(export.id(), "job-" + export.id());
        return export;
    }

    private String publish(Export export) {
        return publish(export, List.of());
    }

    private String publish(Export export, List<ExportIssue> issues) {
        ChunkAttempt attempt = ((ExportChunk.Start.Run) work.beginChunk(export.id(), id(), true, A_MOMENT)).attempt();
        String binaryId = id();
        work.announce(attempt, TestExports.newFile(binaryId, "Patient"));
        work.publish(
                attempt,
                TestExports.written(binaryId),
                List.of(new NewAttachment("of-" + binaryId, "1", "scan.png")),
                issues);
        work.endChunk(attempt, true, List.of());
        return binaryId;
    }

    private String complete(Export export) {
        String binaryId = publish(export);
        catalog.complete(export.id(), clock.now, RETENTION, A_MOMENT, null);
        return binaryId;
    }

    private Set<String> erase(Set<String> inUse) {
        Set<String> erased = new HashSet<>();
        queue.eraseFiles(inUse, 1_000, () -> true, file -> erased.add(file.binaryId()));
        return erased;
    }

    private ExportFile.State stateOf(String binaryId) {
        return catalog.findFile(binaryId).orElseThrow().state();
    }

    @Test
    void filesAreErasedOnceTheyHaveExpiredAndNoSooner() {
        String file = complete(running());
        clock.now = clock.now.plus(RETENTION).minusMillis(1);
        assertThat(erase(Set.of())).isEmpty();

        clock.now = clock.now.plus(A_MOMENT);
        assertThat(erase(Set.of())).containsExactly(file);
        assertThat(stateOf(file)).isEqualTo(ExportFile.State.ERASED);
        assertThat(erase(Set.of())).isEmpty();
    }

    @Test
    void filesOfFailedAndDeletedExportsAreErasedAtOnce() {
        Export failed = running();
        String ofFailed = publish(failed);
        catalog.fail(failed.id(), ExportFailure.UNKNOWN);
        Export deleted = running();
        String ofDeleted = complete(deleted);
        catalog.delete(deleted.id());
        String ofRunning = publish(running());

        assertThat(erase(Set.of())).containsExactlyInAnyOrder(ofFailed, ofDeleted);
        assertThat(stateOf(ofRunning)).isEqualTo(ExportFile.State.AVAILABLE);
    }

    @Test
    void aFileThatWasNotPublishedBeforeTheCompletionIsErased() {
        Export export = running();
        String left = id();
        work.announceErrorFile(export.id(), TestExports.newFile(left, "OperationOutcome"));
        String file = complete(export);

        assertThat(erase(Set.of())).containsExactly(left);
        assertThat(stateOf(file)).isEqualTo(ExportFile.State.AVAILABLE);
    }

    /** Its writer may have lost the database, and have bytes under way that reach the store after the erasure. */
    @Test
    void aFileOfWhichNobodyKnowsWhetherItsWritingHasEndedIsErasedOnceMoreLater() {
        Export export = running();
        ChunkAttempt attempt = ((ExportChunk.Start.Run) work.beginChunk(export.id(), id(), true, A_MOMENT)).attempt();
        String cutOff = id();
        work.announce(attempt, TestExports.newFile(cutOff, "Patient"));
        String whole = publish(export);
        catalog.delete(export.id());

        assertThat(erase(Set.of())).containsExactlyInAnyOrder(cutOff, whole);
        assertThat(stateOf(cutOff)).isEqualTo(ExportFile.State.ERASED);
        assertThat(erase(Set.of())).isEmpty();
        clock.now = clock.now.plus(ErasureQueue.LATE_WRITES);
        assertThat(erase(Set.of())).containsExactly(cutOff);
        assertThat(stateOf(cutOff)).isEqualTo(ExportFile.State.ERASED);
        clock.now = clock.now.plus(ErasureQueue.LATE_WRITES);
        assertThat(erase(Set.of())).isEmpty();
    }

    @Test
    void whatCouldNotBeErasedOnceMoreIsCountedAndTriedAgain() {
        Export export = running();
        ChunkAttempt attempt = ((ExportChunk.Start.Run) work.beginChunk(export.id(), id(), true, A_MOMENT)).attempt();
        String cutOff = id();
        work.announce(attempt, TestExports.newFile(cutOff, "Patient"));
        catalog.delete(export.id());
        assertThat(erase(Set.of())).containsExactly(cutOff);
        clock.now = clock.now.plus(ErasureQueue.LATE_WRITES);

        assertThat(queue.eraseFiles(Set.of(), 10, () -> true, file -> false)).isEqualTo(1);

        assertThat(queue.failures()).isEqualTo(1);
        assertThat(catalog.contentOf(List.of(cutOff))).isNotEmpty();
        clock.now = clock.now.plus(A_MOMENT);
        assertThat(erase(Set.of())).containsExactly(cutOff);
        assertThat(queue.failures()).isZero();
        clock.now = clock.now.plus(ErasureQueue.LATE_WRITES);
        assertThat(erase(Set.of())).containsExactly(cutOff);
        clock.now = clock.now.plus(ErasureQueue.LATE_WRITES);
        assertThat(erase(Set.of())).isEmpty();
        assertThat(queue.failures()).isZero();
    }

    @Test
    void aFileThatIsBeingReadHereOrElsewhereIsNotErased() {
        Export export = running();
        String here = publish(export);
        String elsewhere = complete(export);
        catalog.delete(export.id());
        queue.showReading(Set.of(elsewhere));

        assertThat(erase(Set.of(here))).isEmpty();
        clock.now = clock.now.plusSeconds(10);
        assertThat(erase(Set.of())).containsExactly(here);
        update("update HBP_EXPORT_FILE set READ_AT = current_timestamp - interval '31' second where BINARY_ID = '"
                + elsewhere + "'");
        clock.now = clock.now.plusSeconds(10);
        assertThat(erase(Set.of())).as("no sign for a while").containsExactly(elsewhere);
    }

    private void update(String sql) {
        database.transaction().executeWithoutResult(tx -> assertThat(database.database()
                        .entityManager()
                        .createNativeQuery(sql)
                        .executeUpdate())
                .isPositive());
    }

    @Test
    void whatCouldNotBeErasedIsTriedAgainLaterEachTime() {
        Export export = running();
        String stuck = complete(export);
        catalog.delete(export.id());
        List<Duration> waits = new ArrayList<>();
        Instant tried = clock.now;
        assertThat(queue.eraseFiles(Set.of(), 10, () -> true, file -> false)).isEqualTo(1);
        while (waits.size() < 4) {
            assertThat(queue.failures()).isEqualTo(1);
            clock.now = clock.now.plus(A_MOMENT);
            if (queue.eraseFiles(Set.of(), 10, () -> true, file -> false) == 1) {
                waits.add(Duration.between(tried, clock.now));
                tried = clock.now;
            }
        }
        assertThat(waits)
                .containsExactly(
                        A_MOMENT, A_MOMENT.multipliedBy(2), A_MOMENT.multipliedBy(4), A_MOMENT.multipliedBy(8));
        clock.now = clock.now.plus(Duration.ofHours(1));
        assertThat(erase(Set.of())).containsExactly(stuck);
        assertThat(queue.failures()).isZero();
    }

    @Test
    void whatAServerLeavesBehindThatDiesIsTakenUpWhenItsLeaseEnds() {
        Export export = running();
        String file = publish(export);
        catalog.fail(export.id(), ExportFailure.UNKNOWN);

        assertThatThrownBy(() -> queue.eraseFiles(Set.of(), 10, () -> true, dying -> {
                    throw new IllegalStateException("dead");
                }))
                .hasMessage("dead");

        assertThat(erase(Set.of())).isEmpty();
        assertThat(stateOf(file)).isEqualTo(ExportFile.State.DISCARDED);
        clock.now = clock.now.plus(ErasureQueue.LEASE);
        assertThat(erase(Set.of())).containsExactly(file);
    }

    @Test
    void aServerThatStopsOrIsSlowLeavesTheRestToTheOthers() {
        Set<String> files = filesOfAFailedExport(4);
        Set<String> erased = new HashSet<>();

        queue.eraseFiles(Set.of(), 10, erased::isEmpty, file -> erased.add(file.binaryId()));
        assertThat(erased).hasSize(1);
        queue.eraseFiles(Set.of(), 10, () -> true, file -> {
            clock.now = clock.now.plus(ErasureQueue.LEASE.dividedBy(2)).plusMillis(1);
            return erased.add(file.binaryId());
        });
        assertThat(erased).hasSize(2);

        erased.addAll(erase(Set.of()));
        assertThat(erased).isEqualTo(files);
    }

    @Test
    void whoeverIsSlowerThanItsLeaseRecordsNothingOfWhatAnotherServerHasTaken() {
        Set<String> files = filesOfAFailedExport(1);

        queue.eraseFiles(Set.of(), 10, () -> true, slow -> {
            clock.now = clock.now.plus(ErasureQueue.LEASE);
            assertThat(queue.eraseFiles(Set.of(), 10, () -> true, other -> false))
                    .isEqualTo(1);
            return true;
        });

        assertThat(stateOf(files.iterator().next())).isEqualTo(ExportFile.State.DISCARDED);
        assertThat(queue.failures()).isEqualTo(1);
    }

    /** As a deletion has them, which locks them in an order of its own. */
    @Test
    void noHeartbeatOfADownloadWaitsForAnotherFileThatSomebodyHasLocked() {
        Export export = running();
        String locked = publish(export);
        List<String> free = List.of(publish(export), publish(export));
        List<CompletableFuture<Void>> heartbeats = new ArrayList<>();
        database.transaction().executeWithoutResult(tx -> {
            update("update HBP_EXPORT_FILE set STATE = STATE where BINARY_ID = '" + locked + "'");
            heartbeats.add(
                    CompletableFuture.runAsync(() -> queue.showReading(List.of(free.get(0), locked, free.get(1)))));

            await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(free)
                    .allSatisfy(file -> assertThat(readAt(file)).isNotNull()));
            assertThat(readAt(locked)).isNull();
        });
        assertThat(heartbeats.get(0)).succeedsWithin(Duration.ofSeconds(20));
        assertThat(readAt(locked)).isNotNull();
    }

    private @Nullable Object readAt(String binaryId) {
        return database.transaction().execute(tx -> database.database()
                .entityManager()
                .createNativeQuery("select READ_AT from HBP_EXPORT_FILE where BINARY_ID = :id")
                .setParameter("id", binaryId)
                .getResultList()
                .get(0));
    }

    /** A remote store may take minutes for one content. */
    @Test
    void nobodyWaitsForTheErasureOfAFileOrForTheEndOfAnExport() {
        Export export = running();
        String file = complete(export);
        catalog.delete(export.id());

        assertThat(queue.eraseFiles(Set.of(), 10, () -> true, slow -> lockedMeanwhile(export, file)))
                .isEqualTo(1);
        assertThat(stateOf(file)).isEqualTo(ExportFile.State.ERASED);
        assertThat(ended.lookAtOne(slow -> lockedMeanwhile(export, file)))
                .hasValueSatisfying(looked -> assertThat(looked.step()).isEqualTo(ExportRemains.Step.ERASED));
    }

    private boolean lockedMeanwhile(Export export, String file) {
        assertThat(CompletableFuture.runAsync(() -> {
                    queue.showReading(Set.of(file));
                    work.heartbeat(List.of());
                    database.transaction()
                            .executeWithoutResult(tx -> database.database().lockedExport(export.id()));
                }))
                .succeedsWithin(Duration.ofSeconds(10));
        return true;
    }

    /** HAPI's own database service takes part in the caller's transaction, if there is one. */
    @Test
    void aStoreThatSpoilsTheTransactionItIsCalledInSpoilsNothingElse() {
        Set<String> files = filesOfAFailedExport(3);
        Set<String> erased = new HashSet<>();

        queue.eraseFiles(Set.of(), 10, () -> true, file -> {
            if (erased.size() == 2) {
                database.transaction().executeWithoutResult(tx -> tx.setRollbackOnly());
                return false;
            }
            return erased.add(file.binaryId());
        });

        assertThat(erased).hasSize(2).allSatisfy(file -> assertThat(stateOf(file))
                .isEqualTo(ExportFile.State.ERASED));
        assertThat(queue.failures()).isEqualTo(1);
        assertThat(files).containsAll(erased);
    }

    @Test
    void anExportIsPutAwayWhenAllItsFilesAreErased() {
        Export export = running();
        String file = publish(
                export, List.of(new ExportIssue(ExportIssue.Severity.ERROR, "not-found", "something is missing")));
        catalog.complete(export.id(), clock.now, RETENTION, A_MOMENT, saying(export));
        clock.now = clock.now.plus(RETENTION).plus(A_MOMENT);
        assertThat(finished()).isEmpty();

        erase(Set.of());
        clock.now = clock.now.plus(A_MOMENT);
        assertThat(ended.lookAtOne(over -> false)).isPresent();
        assertThat(finished()).as("tried again later").isEmpty();
        clock.now = clock.now.plus(A_MOMENT);
        assertThat(finished()).containsExactly(export.id());
        assertThat(finished()).isEmpty();

        assertThat(work.issues(export.id(), 0, 10)).isEmpty();
        assertThat(count("HBP_EXPORT_CHUNK")).as("chunks").isZero();
        assertThat(catalog.findAttachments("of-" + file, "https://issuer", "client", null, 1))
                .singleElement()
                .satisfies(attachment -> assertThat(attachment.title()).isEmpty());
    }

    private NewFile.Written saying(Export export) {
        String errors = id();
        work.announceErrorFile(export.id(), TestExports.newFile(errors, "OperationOutcome"));
        return TestExports.written(errors);
    }

    @Test
    void whatAttachmentsWereCalledIsForgottenHoweverManyThereWere() {
        Export export = running();
        ChunkAttempt attempt = ((ExportChunk.Start.Run) work.beginChunk(export.id(), id(), true, A_MOMENT)).attempt();
        String binaryId = id();
        work.announce(attempt, TestExports.newFile(binaryId, "DocumentReference"));
        work.publish(
                attempt,
                TestExports.written(binaryId),
                IntStream.range(0, 2_100)
                        .mapToObj(i -> new NewAttachment("many-" + i, "1", "scan.png"))
                        .toList(),
                List.of());
        work.endChunk(attempt, true, List.of());
        catalog.delete(export.id());

        erase(Set.of());
        assertThat(finished()).containsExactly(export.id());

        for (int last : List.of(0, 999, 1_000, 2_099)) {
            assertThat(catalog.findAttachments("many-" + last, "https://issuer", "client", null, 1))
                    .singleElement()
                    .satisfies(attachment -> assertThat(attachment.title()).isEmpty());
        }
    }

    @Test
    void whoeverHearsOfTheEndOfAnExportDoesNotWaitForItsErasure() {
        Export export = running();
        catalog.fail(export.id(), ExportFailure.UNKNOWN);

        assertThat(ended.lookAtOne(over -> {
                    assertThat(CompletableFuture.runAsync(() -> {
                                catalog.cancel(export.id());
                                catalog.delete(running().id());
                                catalog.complete(export.id(), clock.now, RETENTION, A_MOMENT, null);
                            }))
                            .succeedsWithin(Duration.ofSeconds(10));
                    return true;
                }))
                .isPresent();
    }

    @Test
    void anExportThatCannotBeForgottenDoesNotKeepTheOthersFromIt() {
        Export stuck = running();
        catalog.fail(stuck.id(), ExportFailure.UNKNOWN);
        clock.now = clock.now.plusMillis(1);
        Export other = running();
        catalog.fail(other.id(), ExportFailure.UNKNOWN);

        assertThat(ended.lookAtOne(export -> {
                    throw new IllegalStateException("stuck");
                }))
                .hasValueSatisfying(looked -> assertThat(looked.failure()).hasMessage("stuck"));

        assertThat(finished()).containsExactly(other.id());
        clock.now = clock.now.plus(A_MOMENT);
        assertThat(finished()).containsExactly(stuck.id());
    }

    private Set<String> finished() {
        Set<String> finished = new HashSet<>();
        Optional<ExportRemains.Looked> next = ended.lookAtOne(export -> true);
        while (next.isPresent()) {
            assertThat(next.get().failure()).isNull();
            if (next.get().step() == ExportRemains.Step.ERASED) {
                finished.add(next.get().exportId());
            }
            next = ended.lookAtOne(export -> true);
        }
        return finished;
    }

    @Test
    void aTombstoneStaysAsLongAsAFileIsNotErased() {
        Export export = running();
        String file = complete(export);
        clock.now = clock.now.plus(RETENTION).plus(A_MOMENT);
        erase(Set.of());
        assertThat(finished()).containsExactly(export.id());
        clock.now = clock.now.plus(TOMBSTONE);
        work.discard(file);

        finished();
        assertThat(catalog.findFile(file)).isPresent();
        assertThat(erase(Set.of())).containsExactly(file);
        clock.now = clock.now.plus(A_MOMENT);
        finished();
        assertThat(catalog.findFile(file)).isEmpty();
    }

    @Test
    void nothingIsLeftOfAnExportAfterItsTombstonesTime() {
        Export export = running();
        String file = complete(export);
        Instant expiry = clock.now.plus(RETENTION);
        clock.now = expiry.plus(A_MOMENT);
        erase(Set.of());
        finished();

        clock.now = expiry.plus(TOMBSTONE).minusMillis(1);
        finished();
        assertThat(catalog.findFile(file)).isPresent();
        clock.now = expiry.plus(TOMBSTONE);
        finished();

        assertThat(catalog.findFile(file)).isEmpty();
        assertThat(catalog.findByJob("job-" + export.id())).isEmpty();
        assertThat(catalog.findAttachments("of-" + file, "https://issuer", "client", null, 1))
                .isEmpty();
    }

    @Test
    void ofADeletedExportThatNeverHadAFileARowIsLeftForAnHourOnly() {
        Export empty = running();
        catalog.delete(empty.id());
        Export withFile = running();
        complete(withFile);
        catalog.delete(withFile.id());
        Export failed = running();
        catalog.fail(failed.id(), ExportFailure.UNKNOWN);
        erase(Set.of());
        finished();

        clock.now = clock.now.plus(Duration.ofHours(1)).minusMillis(1);
        finished();
        assertThat(catalog.findByJob("job-" + empty.id())).isPresent();
        clock.now = clock.now.plusMillis(1);
        finished();

        assertThat(catalog.findByJob("job-" + empty.id())).isEmpty();
        assertThat(catalog.findByJob("job-" + withFile.id())).isPresent();
        assertThat(catalog.findByJob("job-" + failed.id())).isPresent();
    }

    /** It ends exports and discards files without saying when these are due. */
    @Test
    void whatServersOfTheVersionBeforeLeaveIsErasedToo() {
        Export expired = running();
        String ofExpired = complete(expired);
        Export deleted = running();
        String ofDeleted = complete(deleted);
        catalog.delete(deleted.id());
        Export running = running();
        String discarded = publish(running);
        work.discard(discarded);
        String live = publish(running);
        update("update HBP_EXPORT_FILE set STATE = 'DISCARDED' where BINARY_ID = '" + discarded + "'");
        update("update HBP_EXPORT set DUE_AT = null" + OF_THE_TEST);
        update("update HBP_EXPORT_FILE set DUE_AT = null" + OF_THE_TEST);
        assertThat(erase(Set.of())).isEmpty();

        assertThat(ended.catchUp(10)).isEqualTo(2);
        assertThat(ended.catchUp(10)).isZero();

        assertThat(finished()).isEmpty();
        assertThat(erase(Set.of())).containsExactly(ofDeleted);
        clock.now = clock.now.plus(RETENTION).plus(A_MOMENT);
        assertThat(finished()).containsExactly(deleted.id());
        assertThat(erase(Set.of())).containsExactly(ofExpired);
        clock.now = clock.now.plus(A_MOMENT);
        assertThat(finished()).containsExactly(expired.id());
        assertThat(stateOf(live)).isEqualTo(ExportFile.State.AVAILABLE);
        catalog.delete(running.id());
        assertThat(erase(Set.of())).containsExactlyInAnyOrder(discarded, live);
    }

    /** The files say so to the sweep; the exports decide. */
    @Test
    void aFileIsNotErasedBeforeItsExportIsOverWhateverIsWrittenWithIt() {
        Export export = running();
        String file = complete(export);
        String ofRunning = publish(running());
        update("update HBP_EXPORT_FILE set DUE_AT = '2026-01-01 00:00:00+00'" + OF_THE_TEST);

        assertThat(erase(Set.of())).isEmpty();

        assertThat(stateOf(file)).isEqualTo(ExportFile.State.AVAILABLE);
        assertThat(stateOf(ofRunning)).isEqualTo(ExportFile.State.AVAILABLE);
        clock.now = clock.now.plus(RETENTION).plus(A_MOMENT);
        assertThat(erase(Set.of())).containsExactly(file);
    }

    @Test
    void whatAnExportTakesUpInTheStoreIsKnownUntilItIsErased() {
        Export export = running();
        String discarded = publish(export);
        publish(export, List.of(new ExportIssue(ExportIssue.Severity.ERROR, "not-found", "a line of the error file")));
        String errors = id();
        work.announceErrorFile(export.id(), TestExports.newFile(errors, "OperationOutcome"));
        assertThat(storedBytes(export)).isEqualTo(10);
        assertThat(catalog.complete(export.id(), clock.now, RETENTION, A_MOMENT, TestExports.written(errors)))
                .isTrue();
        assertThat(storedBytes(export)).isEqualTo(15);

        update("update HBP_EXPORT_FILE set STATE = 'DISCARDED', DUE_AT = '2026-01-01 00:00:00+00' where BINARY_ID = '"
                + discarded + "'");
        assertThat(erase(Set.of())).containsExactly(discarded);
        assertThat(storedBytes(export)).isEqualTo(10);
        catalog.delete(export.id());
        erase(Set.of());
        assertThat(storedBytes(export)).isZero();
    }

    private long storedBytes(Export export) {
        return Objects.requireNonNull(database.transaction().execute(tx -> ((Number) database.database()
                        .entityManager()
                        .createNativeQuery("select STORED_BYTES from HBP_EXPORT where EXPORT_ID = :id")
                        .setParameter("id", export.id())
                        .getSingleResult())
                .longValue()));
    }

    private static final class SetClock extends Clock {

        private Instant now = Instant.parse("2026-01-01T10:00:00Z");

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException("Nobody asks for the time of day");
        }
    }
}
