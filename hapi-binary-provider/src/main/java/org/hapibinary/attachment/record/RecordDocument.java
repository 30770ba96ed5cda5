/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment.record;

import java.time.Instant;

/**
 * What there is to say of a version of a Binary, and of its content.
 *
 * @param contentType fit for a header
 * @param lastUpdated when this version was stored
 * @param size of its content in bytes
 * @param sha256 of its content, lower-case hexadecimal
 */
public record RecordDocument(String contentType, Instant lastUpdated, long size, String sha256) {}
