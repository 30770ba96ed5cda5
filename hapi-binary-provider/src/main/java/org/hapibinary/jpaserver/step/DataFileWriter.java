/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.step;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.ExportIssue.Severity;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.catalog.NewAttachment;
import org.hapibinary.catalog.NewFile;
import org.hapibinary.catalog.quota.ExportQuota;
import org.hapibinary.export.NdjsonFiles;
import org.hapibinary.jpaserver.chunk.RunningChunk;
import org.hapibinary.jpaserver.reading.FileBytes;
import org.hapibinary.jpaserver.reading.Line;

/**
 * Writes data files: announces, stores and publishes each. After a crash at any point, the sweep erases the content by
 * the file's row.
 */
final class DataFileWriter {

    private static final int REFERENCES_AT_ONCE = 1_000;
    private static final int ISSUES_AT_ONCE = 500;

    private final ExportWork work;
    private final ExportQuota quota;
    private final NdjsonFiles files;
    private final long fileResources;
    private final long fileSize;

    /**
     * @param quota fails an export that becomes too large
     * @param fileResources the maximum number of resources in a file
     * @param fileSize the maximum size of a file in bytes, unless its first line is longer
     */
    DataFileWriter(ExportWork work, ExportQuota quota, NdjsonFiles files, long fileResources, long fileSize) {
        this.work = work;
        this.quota = quota;
        this.files = files;
        this.fileResources = fileResources;
        this.fileSize = fileSize;
    }

    /**
     * Writes one file.
     *
     * @param lines at least one; the method takes as many as fit into the file
     * @param written receives each line
     * @throws IOException if the content cannot be stored
     */
    void write(RunningChunk chunk, ExportFile.Kind kind, String resourceType, Line.Source lines, Consumer<Line> written)
            throws IOException {
        String id = UUID.randomUUID().toString().replace("-", "");
        NewFile file = files.newFile(id, kind, resourceType);
        quota.failIfTooLarge(chunk.attempt().exportId());
        work.announce(chunk.attempt(), file);
        boolean published = false;
        try {
            References references = new References(chunk, id);
            Consumer<Line> taken = written.andThen(references::add);
            NewFile.Written stored = files.store(file, new FileBytes(lines, fileResources, fileSize, taken));
            references.register();
            work.publish(chunk.attempt(), stored, List.of(), chunk.takeIssues());
            published = true;
        } finally {
            if (!published) {
                files.takeBack(file, work);
            }
        }
    }

    /** Collects the attachments of a file's lines, and adds them to the catalog in batches. */
    private final class References {

        private final RunningChunk chunk;
        private final String fileId;
        private final List<NewAttachment> found = new ArrayList<>();

        References(RunningChunk chunk, String fileId) {
            this.chunk = chunk;
            this.fileId = fileId;
        }

        void add(Line line) {
            chunk.requireServer();
            found.addAll(line.attachments());
            if (found.size() >= REFERENCES_AT_ONCE) {
                register();
            }
            if (chunk.issues() >= ISSUES_AT_ONCE) {
                work.report(chunk.attempt(), chunk.takeIssues());
            }
        }

        void register() {
            if (found.isEmpty()) {
                return;
            }
            Map<String, String> versions = work.addAttachments(fileId, found);
            found.stream()
                    .filter(attachment -> !attachment.versionId().equals(versions.get(attachment.binaryId())))
                    .forEach(attachment -> chunk.report(otherVersion(attachment)));
            found.clear();
        }

        private ExportIssue otherVersion(NewAttachment attachment) {
            return new ExportIssue(
                    Severity.WARNING,
                    "conflict",
                    "Binary/" + attachment.binaryId() + " is referred to in several versions; the export has one.");
        }
    }
}
