/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import java.time.Duration;
import java.time.Instant;

/** Exports and files in any state, for tests of other rooms. */
public final class TestExports {

    private TestExports() {}

    public static Export export(ExportAuthorization owner, Export.State state, Instant start, Duration retention) {
        Export export = new Export(
                "export-id",
                owner,
                "Group/g",
                "https://example.org/fhir/Group/g/$export",
                "https://example.org/fhir",
                start);
        switch (state) {
            case RUNNING -> {}
            case COMPLETE -> export.complete(start, start.plus(retention));
            default -> export.end(state, start);
        }
        return export;
    }

    public static ExportFile file(
            Export export, ExportFile.Kind kind, String resourceType, ExportFile.State state, Instant createdAt) {
        ExportFile file = new ExportFile(export, "chunk", newFile("binary", kind, resourceType), createdAt);
        switch (state) {
            case WRITING -> {}
            case AVAILABLE -> file.publish();
            case DISCARDED -> file.discard(createdAt);
            case ERASED -> file.erased(createdAt);
        }
        return file;
    }

    public static Attachment attachment(
            Export export,
            Attachment.Permission permission,
            String resourceType,
            ExportFile.State state,
            Instant createdAt) {
        return new Attachment(
                file(export, ExportFile.Kind.DATA, resourceType, state, createdAt),
                new NewAttachment("attached", "1", permission, "scan.png"));
    }

    public static NewFile newFile(String binaryId, String resourceType) {
        return newFile(binaryId, ExportFile.Kind.DATA, resourceType);
    }

    private static NewFile newFile(String binaryId, ExportFile.Kind kind, String resourceType) {
        return new NewFile(
                binaryId,
                kind,
                resourceType,
                "application/fhir+ndjson",
                "content-of-" + binaryId,
                "gzip-of-" + binaryId);
    }

    public static NewFile.Written written(String binaryId) {
        return written(binaryId, 3);
    }

    public static NewFile.Written written(String binaryId, long size) {
        return new NewFile.Written(
                binaryId,
                new DownloadableFile.StoredBytes("content-of-" + binaryId, size, "0".repeat(64)),
                new DownloadableFile.StoredBytes("gzip-of-" + binaryId, 2, "1".repeat(64)),
                1);
    }
}
