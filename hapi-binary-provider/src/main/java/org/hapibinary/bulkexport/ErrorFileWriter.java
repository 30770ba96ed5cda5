/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.bulkexport;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.util.OperationOutcomeUtil;
import com.google.common.collect.AbstractIterator;
import com.google.common.io.ByteSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.catalog.FileKind;
import org.hapibinary.catalog.NewFile;
import org.hapibinary.catalog.NumberedIssue;
import org.hapibinary.catalog.StoredRepresentation;
import org.hapibinary.catalog.WrittenFile;
import org.hapibinary.storage.ContentStore;
import org.hl7.fhir.instance.model.api.IBaseOperationOutcome;
import org.jspecify.annotations.Nullable;

/** Writes the error file of an export: an OperationOutcome a line, for each thing that there is to say. */
final class ErrorFileWriter {

    private static final int ISSUES_PER_PAGE = 500;

    private final FhirContext fhirContext;
    private final ExportWork work;
    private final ContentStore store;

    ErrorFileWriter(FhirContext fhirContext, ExportWork work, ContentStore store) {
        this.fhirContext = fhirContext;
        this.work = work;
        this.store = store;
    }

    /**
     * Announces and stores the error file; it becomes part of the export with its completion.
     *
     * @return nothing if there is nothing to say
     * @throws IOException if it cannot be stored
     */
    Optional<WrittenFile> write(String exportId) throws IOException {
        if (work.issues(exportId, 0, 1).isEmpty()) {
            return Optional.empty();
        }
        NewFile file = new NewFile(
                UUID.randomUUID().toString(),
                FileKind.ERROR,
                "OperationOutcome",
                ExportFileWriter.NDJSON,
                store.newContentId(),
                store.newContentId());
        work.announceErrorFile(exportId, file);
        try {
            return Optional.of(store(exportId, file));
        } catch (IOException | RuntimeException e) {
            work.discard(file.binaryId());
            throw e;
        }
    }

    private WrittenFile store(String exportId, NewFile file) throws IOException {
        Pages pages = new Pages(exportId);
        ContentStore.Stored identity =
                store.store(file.binaryId(), file.contentId(), ExportFileWriter.NDJSON, streamOf(pages));
        ContentStore.Stored gzip =
                store.storeInGzip(file.binaryId(), file.gzipContentId(), streamOf(new Pages(exportId)));
        return new WrittenFile(
                file.binaryId(),
                new StoredRepresentation(file.contentId(), identity.size(), identity.sha256()),
                new StoredRepresentation(file.gzipContentId(), gzip.size(), gzip.sha256()),
                pages.lines);
    }

    private String line(ExportIssue issue) {
        IBaseOperationOutcome outcome = OperationOutcomeUtil.newInstance(fhirContext);
        OperationOutcomeUtil.addIssue(
                fhirContext,
                outcome,
                issue.severity().name().toLowerCase(Locale.ROOT),
                issue.diagnostics(),
                null,
                issue.code());
        return fhirContext.newJsonParser().encodeResourceToString(outcome) + "\n";
    }

    private static InputStream streamOf(Pages pages) throws IOException {
        return ByteSource.concat(() -> pages).openStream();
    }

    /** A page after the other, so that no more than one is in memory. */
    private final class Pages extends AbstractIterator<ByteSource> {

        private final String exportId;
        private long last;
        private long lines;

        Pages(String exportId) {
            this.exportId = exportId;
        }

        @Override
        protected @Nullable ByteSource computeNext() {
            List<NumberedIssue> page = work.issues(exportId, last, ISSUES_PER_PAGE);
            if (page.isEmpty()) {
                return endOfData();
            }
            last = page.get(page.size() - 1).number();
            lines += page.size();
            String text = page.stream().map(issue -> line(issue.issue())).collect(Collectors.joining());
            return ByteSource.wrap(text.getBytes(StandardCharsets.UTF_8));
        }
    }
}
