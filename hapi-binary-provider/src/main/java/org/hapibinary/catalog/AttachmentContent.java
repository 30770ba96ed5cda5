/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import java.time.Instant;

/**
 * What the Binary of an attachment holds, in the version that was exported.
 *
 * @param contentType its media type, of at most 200 characters
 * @param lastModified when this version was stored
 * @param size in bytes
 * @param sha256 lower-case hexadecimal
 */
public record AttachmentContent(String contentType, Instant lastModified, long size, String sha256) {}
