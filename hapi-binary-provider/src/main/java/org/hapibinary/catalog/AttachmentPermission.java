/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

/** What permitted that an export has an attachment, which whoever reads it needs still. */
public enum AttachmentPermission {
    /** The token of the kick-off covered reading Binary; nothing else was looked at. */
    BINARY_SCOPE,

    /**
     * The resource that refers to it: by the Binary's {@code securityContext}, or because the operator asks for no
     * more.
     */
    REFERENCE
}
