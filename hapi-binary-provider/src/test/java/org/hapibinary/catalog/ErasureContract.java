/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;
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

    private final SetClock clock = new SetClock();

    private TestCatalog database;
    private ExportCatalog catalog;
    private ExportWork work;
    private ErasureQueue queue;

    abstract DataSource dataSource() throws Exception;

    @BeforeAll
    void migrate() throws Exception {
        database = TestCatalog.on(dataSource(), clock);
        catalog = database.catalog();
        work = new ExportWork(database.database());
        queue = new ErasureQueue(database.database());
    }

    /** What one test has left is not the next one's. */
    @AfterEach
    void eraseAll() {
        clock.now = clock.now.plus(Duration.ofDays(365));
        while (queue.eraseFiles(Set.of(), 1_000, Set::copyOf) > 0) {
            clock.now = clock.now.plus(A_MOMENT);
        }
        while (queue.finishExport(export -> true).isPresent()) {
            clock.now = clock.now.plus(A_MOMENT);
        }
        clock.now = clock.now.plus(A_MOMENT);
        queue.deleteTombstones(clock.now, 1_000);
        assertThat(queue.deleteTombstones(clock.now, 1_000)).isZero();
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
        ChunkAttempt attempt = ((ChunkStart.Run) work.beginChunk(export.id(), id(), true, A_MOMENT)).attempt();
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
        queue.eraseFiles(inUse, 1_000, files -> {
            files.forEach(file -> erased.add(file.binaryId()));
            return Set.copyOf(files);
        });
        return erased;
    }

    private FileState stateOf(String binaryId) {
        return catalog.findFile(binaryId).orElseThrow().state();
    }

    @Test
    void filesAreErasedOnceTheyHaveExpiredAndNoSooner() {
        String file = complete(running());
        clock.now = clock.now.plus(RETENTION).minusMillis(1);
        assertThat(erase(Set.of())).isEmpty();

        clock.now = clock.now.plus(A_MOMENT);
        assertThat(erase(Set.of())).containsExactly(file);
        assertThat(stateOf(file)).isEqualTo(FileState.ERASED);
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
        assertThat(stateOf(ofRunning)).isEqualTo(FileState.AVAILABLE);
    }

    @Test
    void aFileThatWasNotPublishedBeforeTheCompletionIsErased() {
        Export export = running();
        String left = id();
        work.announceErrorFile(export.id(), TestExports.newFile(left, "OperationOutcome"));
        String file = complete(export);

        assertThat(erase(Set.of())).containsExactly(left);
        assertThat(stateOf(file)).isEqualTo(FileState.AVAILABLE);
    }

    @Test
    void aFileThatIsBeingReadHereOrElsewhereIsNotErased() {
        Export export = running();
        String here = publish(export);
        String elsewhere = complete(export);
        catalog.delete(export.id());
        queue.showReading(Set.of(elsewhere));

        assertThat(erase(Set.of(here))).isEmpty();
        assertThat(erase(Set.of())).containsExactly(here);
        clock.now = clock.now.plus(A_MOMENT);
        assertThat(erase(Set.of())).as("no sign for a while").containsExactly(elsewhere);
    }

    @Test
    void whatCouldNotBeErasedIsTriedAgainLaterEachTime() {
        Export export = running();
        String stuck = complete(export);
        catalog.delete(export.id());
        List<Duration> waits = new ArrayList<>();
        for (int attempt = 0; attempt < 4; attempt++) {
            assertThat(queue.eraseFiles(Set.of(), 10, files -> Set.of())).isEqualTo(1);
            assertThat(queue.failures()).isEqualTo(1);
            Duration waited = Duration.ZERO;
            while (!isErasable(stuck, waited)) {
                waited = waited.plus(A_MOMENT);
            }
            clock.now = clock.now.plus(waited);
            waits.add(waited);
        }
        assertThat(waits).isSorted().doesNotHaveDuplicates();
        assertThat(erase(Set.of())).containsExactly(stuck);
        assertThat(queue.failures()).isZero();
    }

    private boolean isErasable(String binaryId, Duration from) {
        Instant before = clock.now;
        clock.now = before.plus(from);
        Set<String> found = new HashSet<>();
        try {
            queue.eraseFiles(Set.of(), 10, files -> {
                files.forEach(file -> found.add(file.binaryId()));
                throw new IllegalStateException("only looked");
            });
        } catch (IllegalStateException e) {
            assertThat(e).hasMessage("only looked");
        }
        clock.now = before;
        return found.contains(binaryId);
    }

    @Test
    void whatAServerLeavesBehindThatDiesIsTakenUp() {
        Export export = running();
        String file = publish(export);
        catalog.fail(export.id(), ExportFailure.UNKNOWN);

        assertThat(isErasable(file, Duration.ZERO)).isTrue();
        assertThat(stateOf(file)).isEqualTo(FileState.DISCARDED);
        assertThat(erase(Set.of())).containsExactly(file);
    }

    @Test
    void anExportIsPutAwayWhenAllItsFilesAreErased() {
        Export export = running();
        String file = publish(
                export, List.of(new ExportIssue(ExportIssue.Severity.ERROR, "not-found", "something is missing")));
        catalog.delete(export.id());
        assertThat(finished()).isEmpty();

        erase(Set.of());
        assertThat(queue.finishExport(ended -> false)).isPresent();
        assertThat(finished()).as("tried again later").isEmpty();
        clock.now = clock.now.plus(A_MOMENT);
        assertThat(finished()).containsExactly(export.id());
        assertThat(finished()).isEmpty();

        assertThat(work.issues(export.id(), 0, 10)).isEmpty();
        assertThat(catalog.findAttachments("of-" + file, "https://issuer", "client", null, 1))
                .singleElement()
                .satisfies(attachment -> assertThat(attachment.title()).isEmpty());
    }

    @Test
    void whoeverHearsOfTheEndOfAnExportDoesNotWaitForItsErasure() {
        Export export = running();
        catalog.fail(export.id(), ExportFailure.UNKNOWN);

        assertThat(queue.finishExport(ended -> {
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
    void aTombstoneStaysAsLongAsAFileIsNotErased() {
        Export export = running();
        String file = complete(export);
        clock.now = clock.now.plus(RETENTION).plus(A_MOMENT);
        erase(Set.of());
        finished();
        work.discard(file);

        assertThat(queue.deleteTombstones(clock.now, 10)).isZero();
        assertThat(erase(Set.of())).containsExactly(file);
        assertThat(queue.deleteTombstones(clock.now, 10)).isEqualTo(1);
    }

    private Set<String> finished() {
        Set<String> finished = new HashSet<>();
        Optional<Export> next = queue.finishExport(export -> true);
        while (next.isPresent()) {
            finished.add(next.get().id());
            next = queue.finishExport(export -> true);
        }
        return finished;
    }

    @Test
    void nothingIsLeftOfAnExportAfterItsTombstonesTime() {
        Export export = running();
        String file = complete(export);
        Instant expiry = clock.now.plus(RETENTION);
        clock.now = expiry.plus(A_MOMENT);
        erase(Set.of());
        assertThat(queue.deleteTombstones(expiry, 10)).as("not put away yet").isZero();
        finished();

        assertThat(queue.deleteTombstones(expiry.minusMillis(1), 10)).isZero();
        assertThat(catalog.findFile(file)).isPresent();
        assertThat(queue.deleteTombstones(expiry, 10)).isEqualTo(1);

        assertThat(catalog.findFile(file)).isEmpty();
        assertThat(catalog.findByJob("job-" + export.id())).isEmpty();
        assertThat(catalog.findAttachments("of-" + file, "https://issuer", "client", null, 1))
                .isEmpty();
    }

    @Test
    void ofADeletedExportThatNeverHadAFileARowIsLeftForAnHourOnly() {
        Instant longBefore = clock.now.minus(Duration.ofDays(30));
        Export empty = running();
        catalog.delete(empty.id());
        Export withFile = running();
        complete(withFile);
        catalog.delete(withFile.id());
        Export failed = running();
        catalog.fail(failed.id(), ExportFailure.UNKNOWN);
        running();
        erase(Set.of());
        finished();

        clock.now = clock.now.plus(Duration.ofHours(1)).minusMillis(1);
        assertThat(queue.deleteTombstones(longBefore, 10)).isZero();
        clock.now = clock.now.plusMillis(1);
        assertThat(queue.deleteTombstones(longBefore, 10)).isEqualTo(1);

        assertThat(catalog.findByJob("job-" + empty.id())).isEmpty();
        assertThat(catalog.findByJob("job-" + withFile.id())).isPresent();
        assertThat(catalog.findByJob("job-" + failed.id())).isPresent();
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
