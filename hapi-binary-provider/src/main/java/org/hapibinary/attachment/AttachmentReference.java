/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment;

import org.jspecify.annotations.Nullable;

/**
 * An {@code Attachment} of an exported resource whose content is a Binary of this server.
 *
 * @param resource as a relative reference, type and id
 * @param binary that it points to
 * @param title of the attachment
 */
record AttachmentReference(String resource, BinaryUrl binary, @Nullable String title) {}
