/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import java.time.Instant;
import java.util.Optional;

/** What a client may have the content of: a data or error file of an export, or an attachment. */
public interface DownloadableFile extends ExportPart {

    /** The version of the Binary, which its metadata says. */
    String versionId();

    /** The name a client is told to save it under. */
    String fileName();

    /** Its media type. */
    String contentType();

    /** Its content as it is. */
    StoredRepresentation identity();

    /** Its content in gzip, if it is stored that way too. */
    Optional<StoredRepresentation> gzip();

    /** Whether its content was last found to be another than what was written. It must not be sent then. */
    boolean isDamaged();

    /** When it was written, in whole seconds because that is all an HTTP date can say (RFC 9110 §5.6.7). */
    Instant lastModified();
}
