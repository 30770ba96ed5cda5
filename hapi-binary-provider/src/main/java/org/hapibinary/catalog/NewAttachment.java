/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A Binary of the patients' record that a resource of an export refers to.
 *
 * @param binaryId without the resource type
 * @param versionId the version it has in the export, whatever becomes of it later
 * @param fileName the name a client is told to save it under
 * @param contentType its media type
 * @param contentId its key in the server's own binary storage; null if the content is in the Binary itself
 * @param size in bytes
 * @param sha256 64 lower-case hexadecimal digits
 * @param lastModified when this version was written
 */
public record NewAttachment(
        String binaryId,
        String versionId,
        String fileName,
        String contentType,
        @Nullable String contentId,
        long size,
        String sha256,
        Instant lastModified) {}
