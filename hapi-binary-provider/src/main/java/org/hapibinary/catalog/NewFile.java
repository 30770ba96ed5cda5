/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import org.jspecify.annotations.Nullable;

/**
 * The properties of a file before its first byte is stored.
 *
 * @param binaryId the id of the Binary that clients see, without the resource type
 * @param kind whether it lists data, deletions or errors
 * @param resourceType the FHIR type of the resources in it
 * @param contentType its media type
 * @param contentId the key of its content in the store
 * @param gzipContentId the key of its gzip copy in the store
 * @param engineBinary whether HAPI has a Binary with this id, which holds no more than the media type
 */
public record NewFile(
        String binaryId,
        ExportFile.Kind kind,
        String resourceType,
        String contentType,
        String contentId,
        String gzipContentId,
        boolean engineBinary) {

    /** A file without a Binary in HAPI. */
    public NewFile(
            String binaryId,
            ExportFile.Kind kind,
            String resourceType,
            String contentType,
            String contentId,
            String gzipContentId) {
        this(binaryId, kind, resourceType, contentType, contentId, gzipContentId, false);
    }

    /** The same file, with a Binary in HAPI. */
    public NewFile withEngineBinary() {
        return new NewFile(binaryId, kind, resourceType, contentType, contentId, gzipContentId, true);
    }

    /**
     * The properties of a file after its last byte is stored.
     *
     * @param binaryId of the announced file
     * @param identity the content without a content coding
     * @param gzip the gzip copy; null if there is none, because it saves too little
     * @param lineCount number of lines
     */
    public record Written(
            String binaryId,
            DownloadableFile.StoredBytes identity,
            DownloadableFile.@Nullable StoredBytes gzip,
            long lineCount) {

        long storedBytes() {
            return identity.size() + (gzip == null ? 0 : gzip.size());
        }
    }
}
