/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.export;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.util.OperationOutcomeUtil;
import com.google.common.collect.AbstractIterator;
import com.google.common.io.ByteSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.catalog.NewFile;
import org.hl7.fhir.instance.model.api.IBaseOperationOutcome;
import org.jspecify.annotations.Nullable;

/** Writes the error file of an export: one line with an OperationOutcome for each issue. */
final class ErrorFileWriter {

    private static final int ISSUES_PER_PAGE = 500;

    private final FhirContext fhirContext;
    private final ExportWork work;
    private final NdjsonFiles files;

    /**
     * @param fhirContext of the server
     * @param work has the issues
     * @param files stores the file
     */
    ErrorFileWriter(FhirContext fhirContext, ExportWork work, NdjsonFiles files) {
        this.fhirContext = fhirContext;
        this.work = work;
        this.files = files;
    }

    /**
     * Announces and stores the error file. The completion of the export publishes it.
     *
     * @return empty if there are no issues
     * @throws org.hapibinary.catalog.Export.EndedException if the export is no longer running
     * @throws IOException if it cannot be stored
     */
    Optional<NewFile.Written> write(String exportId) throws IOException {
        if (work.issues(exportId, 0, 1).isEmpty()) {
            return Optional.empty();
        }
        NewFile file = files.newFile(UUID.randomUUID().toString(), ExportFile.Kind.ERROR, "OperationOutcome");
        work.announceErrorFile(exportId, file);
        try {
            return Optional.of(files.store(
                    file, ByteSource.concat(() -> new Pages(exportId)).openStream()));
        } catch (IOException | RuntimeException e) {
            work.discard(file.binaryId());
            throw e;
        }
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

    /** Reads the issues in pages, of which only one is in memory. */
    private final class Pages extends AbstractIterator<ByteSource> {

        private final String exportId;
        private long last;

        Pages(String exportId) {
            this.exportId = exportId;
        }

        @Override
        protected @Nullable ByteSource computeNext() {
            List<ExportIssue.Numbered> page = work.issues(exportId, last, ISSUES_PER_PAGE);
            if (page.isEmpty()) {
                return endOfData();
            }
            last = page.get(page.size() - 1).number();
            String text = page.stream().map(issue -> line(issue.issue())).collect(Collectors.joining());
            return ByteSource.wrap(text.getBytes(StandardCharsets.UTF_8));
        }
    }
}
