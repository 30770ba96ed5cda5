/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import java.time.Instant;
import java.util.Optional;

/** A file that a client can download: a data, deleted or error file of an export, or an attachment. */
public interface DownloadableFile extends Export.Part {

    /** The {@code meta.versionId} of the Binary. */
    String versionId();

    /** The file name in {@code Content-Disposition} (RFC 6266). */
    String fileName();

    /** Its media type. */
    String contentType();

    /** The content without a content coding (RFC 9110 §8.4.1). */
    StoredBytes identity();

    /** The content in gzip; empty if the store has no gzip copy. */
    Optional<StoredBytes> gzip();

    /** Whether the last check found that the content differs from what was written. It must not be sent then. */
    boolean isDamaged();

    /** When it was written, truncated to seconds, the precision of an HTTP date (RFC 9110 §5.6.7). */
    Instant lastModified();

    /**
     * The stored bytes of a file in one content coding.
     *
     * @param contentId the key in the store, never shown to a client
     * @param size in bytes
     * @param sha256 64 lower-case hexadecimal digits
     */
    record StoredBytes(String contentId, long size, String sha256) {}
}
