/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import org.jspecify.annotations.Nullable;

/**
 * What is known of a file before its first byte is stored.
 *
 * @param binaryId the id of the Binary that clients see, without the resource type
 * @param kind data or error
 * @param resourceType the FHIR type of the resources in it
 * @param contentType its media type
 * @param contentId the key its content will have in the store
 * @param gzipContentId the key its content will have in gzip
 * @param engineBinary whether HAPI has a Binary of the same id, which says nothing but the media type
 */
public record NewFile(
        String binaryId,
        ExportFile.Kind kind,
        String resourceType,
        String contentType,
        String contentId,
        String gzipContentId,
        boolean engineBinary) {

    /** A file of which HAPI knows nothing. */
    public NewFile(
            String binaryId,
            ExportFile.Kind kind,
            String resourceType,
            String contentType,
            String contentId,
            String gzipContentId) {
        this(binaryId, kind, resourceType, contentType, contentId, gzipContentId, false);
    }

    /** The same file, of which HAPI has a Binary too. */
    public NewFile withEngineBinary() {
        return new NewFile(binaryId, kind, resourceType, contentType, contentId, gzipContentId, true);
    }

    /**
     * What is known of a file when all its bytes are stored.
     *
     * @param binaryId of the file that was announced
     * @param identity the content itself
     * @param gzip the same in gzip; null if it was not worthwhile
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
