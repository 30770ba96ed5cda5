/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import java.time.Instant;
import java.util.Optional;

/** What a client may have the content of: a data or error file of an export, or an attachment. */
public interface DownloadableFile extends Export.Part {

    /** The version of the Binary, which its metadata says. */
    String versionId();

    /** The name a client is told to save it under. */
    String fileName();

    /** Its media type. */
    String contentType();

    /** Its content as it is. */
    StoredBytes identity();

    /** Its content in gzip, if it is stored that way too. */
    Optional<StoredBytes> gzip();

    /** Whether its content was last found to be another than what was written. It must not be sent then. */
    boolean isDamaged();

    /** When it was written, in whole seconds because that is all an HTTP date can say (RFC 9110 §5.6.7). */
    Instant lastModified();

    /**
     * A file's bytes in one content coding, as they lie in the store.
     *
     * @param contentId the key in the store, never shown to a client
     * @param size in bytes
     * @param sha256 64 lower-case hexadecimal digits
     */
    record StoredBytes(String contentId, long size, String sha256) {}
}
