/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment;

import org.jspecify.annotations.Nullable;

/**
 * An {@code Attachment} of an exported resource whose content is a Binary of this server.
 *
 * @param resource the exported resource, as a relative reference of type and id
 * @param binary the Binary to which the attachment points
 * @param title of the attachment; null if it has none
 */
record AttachmentReference(String resource, BinaryUrl binary, @Nullable String title) {}
