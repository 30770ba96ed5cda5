/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.hapibinary.catalog.Attachment;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.catalog.DownloadableFile.StoredBytes;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportChunk;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.catalog.maintenance.ErasureQueue;
import org.hapibinary.catalog.maintenance.ExportRemains;
import org.hapibinary.catalog.operator.ExportList;
import org.hapibinary.catalog.operator.ListedExport;
import org.hapibinary.catalog.schema.EarlierCatalog.File;
import org.hapibinary.catalog.schema.EarlierCatalog.Life;
import org.hapibinary.storage.database.DatabaseStorage;
import org.hl7.fhir.r4.model.IdType;

/** What the present version makes of an {@link EarlierCatalog}. */
final class UpgradedCatalog {

    private static final Duration STALLED_AFTER = Duration.ofMinutes(2);
    private static final Duration DAY = Duration.ofDays(1);

    private final EarlierCatalog earlier;
    private final CatalogDatabase database;
    private final ExportCatalog catalog;
    private final ExportWork work;
    private final ExportList list;

    UpgradedCatalog(EarlierCatalog earlier, CatalogDatabase database) {
        this.earlier = earlier;
        this.database = database;
        this.catalog = new ExportCatalog(database);
        this.work = new ExportWork(database);
        this.list = new ExportList(database, url -> url);
    }

    private Export export(String id) {
        return catalog.findByJob("job-" + id).orElseThrow();
    }

    private ListedExport listed(String id) {
        return list.find(id).orElseThrow();
    }

    private List<String> manifest(String export) {
        return catalog.listedFiles(export).stream().map(ExportFile::binaryId).toList();
    }

    void hasAllThatThereWas(DataSource dataSource) throws IOException {
        hasEachExportWithItsStateItsTimesAndItsOwner();
        hasEachFileAsItWas();
        readsContentThatIsInTheDatabase(dataSource);
        hasTheAttachments();
        hasTheIssuesInTheirOrder();
    }

    private void hasEachExportWithItsStateItsTimesAndItsOwner() {
        assertThat(list.page(new ExportList.Filter(null, null, null, null), null, 100)
                        .exports())
                .extracting(ListedExport::id)
                .containsExactlyInAnyOrderElementsOf(
                        EarlierCatalog.EXPORTS.stream().map(Life::id).toList());
        for (Life life : EarlierCatalog.EXPORTS) {
            Export export = export(life.id());
            assertThat(export.id()).isEqualTo(life.id());
            assertThat(export.state()).as(life.id()).hasToString(life.state());
            assertThat(export.startedAt()).isEqualTo(EarlierCatalog.STARTED);
            assertThat(export.transactionTime()).isEqualTo(EarlierCatalog.STARTED);
            assertThat(listed(life.id()).ended()).isEqualTo(life.moment(life.ended()));
            assertThat(export.expiresAt().orElse(null)).isEqualTo(life.moment(life.expires()));
            assertThat(export.erasedAt().orElse(null))
                    .isEqualTo(earlier.has("HBP_EXPORT", "ERASED_AT") ? life.moment(life.erased()) : null);
            assertThat(export.kickOff().level()).hasToString("GROUP");
            assertThat(export.authorization().isOf(EarlierCatalog.ISSUER, "client-" + life.id(), "azp", user(life)))
                    .isTrue();
            assertThat(export.authorization().isOf(EarlierCatalog.ISSUER, "client-other", "azp", user(life)))
                    .isFalse();
            assertThat(export.authorization().isOf(EarlierCatalog.ISSUER, "client-" + life.id(), "azp", null))
                    .isFalse();
        }
        assertThat(export("failed").failure().isPresent()).isEqualTo(earlier.has("HBP_EXPORT", "FAILURE"));
        assertThat(catalog.runningJobs()).containsExactlyInAnyOrder("job-running", "job-left", "job-done");
    }

    private static String user(Life life) {
        return "user-" + life.id();
    }

    void countsWhatIsStored() {
        for (Life life : EarlierCatalog.EXPORTS) {
            assertThat(listed(life.id()).storedBytes()).as(life.id()).isEqualTo(earlier.storedBytes(life.id()));
        }
    }

    private void hasEachFileAsItWas() {
        for (File file : EarlierCatalog.FILES) {
            ExportFile found = catalog.findFile(file.id()).orElseThrow();
            assertThat(found.export().id()).isEqualTo(file.export());
            assertThat(found.state()).as(file.id()).hasToString(file.state());
            assertThat(found.kind()).hasToString(file.kind());
            assertThat(found.resourceType()).isEqualTo("Patient");
            assertThat(found.contentType()).isEqualTo("application/fhir+ndjson");
            assertThat(found.fileName()).isEqualTo(file.isNamed() ? "name-of-" + file.id() : file.id() + ".ndjson");
            assertThat(found.identity())
                    .isEqualTo(new StoredBytes("content-" + file.id(), file.size(), file.sha256("a")));
            assertThat(found.gzip().orElse(null))
                    .isEqualTo(
                            file.hasGzip() && earlier.has("HBP_EXPORT_FILE", "GZIP_SIZE")
                                    ? new StoredBytes("gzip-" + file.id(), file.size(), file.sha256("b"))
                                    : null);
            assertThat(found.lineCount()).isEqualTo(file.isWritten() ? 1 : 0);
            assertThat(found.lastModified()).isEqualTo(EarlierCatalog.AN_HOUR_AGO);
            assertThat(found.isDamaged()).isFalse();
        }
        assertThat(manifest("complete")).containsExactly("complete-1", "complete-2", "complete-3", "complete-4");
    }

    private void readsContentThatIsInTheDatabase(DataSource dataSource) throws IOException {
        if (earlier.has("HBP_CONTENT", "CONTENT_ID")) {
            assertThat(new DatabaseStorage(dataSource)
                            .fetchBinaryContent(new IdType("Binary/complete-1"), "content-complete-1"))
                    .isEqualTo(EarlierCatalog.CONTENT);
        }
    }

    private void hasTheAttachments() {
        if (earlier.has("HBP_EXPORT_ATTACHMENT", "BINARY_ID")) {
            Attachment letter = attachment("complete");
            assertThat(letter.file().binaryId()).isEqualTo("complete-1");
            assertThat(letter.versionId()).isEqualTo("7");
            assertThat(letter.title()).contains("letter.pdf");
            assertThat(letter.content().isPresent())
                    .isEqualTo(earlier.has("HBP_EXPORT_ATTACHMENT", "TITLE")
                            && earlier.has("HBP_EXPORT_ATTACHMENT", "SHA256"));
            assertThat(letter.permission())
                    .hasToString(earlier.has("HBP_EXPORT_ATTACHMENT", "PERMITTED_BY") ? "BINARY_SCOPE" : "REFERENCE");
            assertThat(attachment("expired").export().isExpired(EarlierCatalog.NOW))
                    .isTrue();
        }
    }

    private Attachment attachment(String export) {
        List<Attachment> found =
                catalog.findAttachments("letter", EarlierCatalog.ISSUER, "client-" + export, "user-" + export, 10);
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    private void hasTheIssuesInTheirOrder() {
        if (earlier.has("HBP_EXPORT_ISSUE", "EXPORT_ID")) {
            assertThat(work.issues("complete", 0, 10).stream().map(ExportIssue.Numbered::issue))
                    .containsExactly(issue(ExportIssue.Severity.WARNING), issue(ExportIssue.Severity.INFORMATION));
            assertThat(work.issues("left", 0, 10)).hasSize(1);
        }
    }

    private static ExportIssue issue(ExportIssue.Severity severity) {
        return new ExportIssue(severity, "not-found", "Something is missing.");
    }

    /** One goes on where the server before stopped, one that nobody goes on with fails, one lacks only its end. */
    void endsWhatHasStalled() {
        Instant now = database.now();
        List<Export> stalled = catalog.findStalled(STALLED_AFTER);
        assertThat(stalled).extracting(Export::id).containsExactlyInAnyOrder("running", "left", "done");
        stalled.forEach(export -> {
            assertThat(catalog.claim(export)).isTrue();
            assertThat(catalog.claim(export)).isFalse();
        });

        assertThat(catalog.complete("done", now, DAY, STALLED_AFTER, null)).isTrue();
        assertThat(export("done").state()).isEqualTo(Export.State.COMPLETE);
        assertThat(manifest("done")).containsExactly("done-1");

        assertThat(catalog.complete("left", now, DAY, STALLED_AFTER, null)).isFalse();
        assertThat(export("left").state()).isEqualTo(Export.State.FAILED);

        assertThat(work.stalledChunks("running", STALLED_AFTER)).containsExactly("running-unfinished");
        assertThat(work.beginChunk("running", "running-chunk", true, STALLED_AFTER))
                .isInstanceOf(ExportChunk.Start.Finished.class);
        ExportChunk.Start.Run run =
                (ExportChunk.Start.Run) work.beginChunk("running", "running-unfinished", true, STALLED_AFTER);
        assertThat(run.attempt().number()).isEqualTo(2);
        work.finishChunk(run.attempt(), 0);
        assertThat(catalog.complete("running", now, DAY, STALLED_AFTER, null)).isTrue();
        assertThat(manifest("running")).containsExactly("running-1");
    }

    /** @param files that are erased, and no others */
    void erasesWhatNobodyMayHave(SetClock clock, String... files) {
        ErasureQueue queue = new ErasureQueue(database);
        ExportRemains remains = new ExportRemains(database, EarlierCatalog.TOMBSTONE, ExportRemains.Witness.NONE);
        Set<String> erased = new TreeSet<>();
        Predicate<ExportFile> erase = file -> {
            erased.add(file.binaryId());
            return true;
        };
        for (int sweep = 0; sweep < 5; sweep++) {
            clock.forward(Duration.ofMinutes(1));
            while (remains.catchUp(100) > 0) {
                // some more
            }
            while (queue.eraseFiles(Set.of(), 100, () -> true, erase) > 0) {
                // some more
            }
            while (remains.lookAtOne(export -> true).isPresent()) {
                // some more
            }
        }

        assertThat(erased).containsExactlyInAnyOrder(files);
        assertThat(catalog.findByJob("job-forgotten")).isEmpty();
        for (String over : List.of("expired", "erased", "failed", "left", "deleted", "cancelled")) {
            assertThat(export(over).isErased()).as(over).isTrue();
            assertThat(listed(over).storedBytes()).isZero();
            assertThat(work.issues(over, 0, 10)).isEmpty();
        }
        for (String there : List.of("running", "done", "complete")) {
            assertThat(export(there).isErased()).as(there).isFalse();
        }
        Set<String> gone = Arrays.stream(files).collect(Collectors.toSet());
        for (File file : EarlierCatalog.FILES) {
            boolean isErased = gone.contains(file.id()) || file.state().equals("ERASED");
            catalog.findFile(file.id()).ifPresent(found -> assertThat(found.state())
                    .as(file.id())
                    .isEqualTo(isErased ? ExportFile.State.ERASED : ExportFile.State.valueOf(file.state())));
        }
        assertThat(manifest("complete")).containsExactly("complete-1", "complete-2", "complete-3", "complete-4");
        assertThat(listed("expired").state()).isEqualTo("EXPIRED");
        assertThat(export("deleted").state()).isEqualTo(Export.State.DELETED);
    }
}
