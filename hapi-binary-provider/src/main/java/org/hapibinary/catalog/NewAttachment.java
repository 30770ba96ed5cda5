/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import org.jspecify.annotations.Nullable;

/**
 * A Binary of the patients' record that a resource of an export refers to. Its content is not read before the first
 * request for it.
 *
 * @param binaryId without the resource type
 * @param versionId the version that the export serves, even after a later change
 * @param permission what permitted it in the export
 * @param title the title that the resource gives it, cut off after {@value #MAX_TITLE_LENGTH} characters; null if none
 */
public record NewAttachment(
        String binaryId, String versionId, Attachment.Permission permission, @Nullable String title) {

    static final int MAX_TITLE_LENGTH = 300;

    /** Removes control characters, which databases and headers do not accept, and cuts off a title that is too long. */
    public NewAttachment {
        title = title == null ? null : CatalogText.of(title, MAX_TITLE_LENGTH);
    }

    /** An attachment that the reference permits. */
    public NewAttachment(String binaryId, String versionId, @Nullable String title) {
        this(binaryId, versionId, Attachment.Permission.REFERENCE, title);
    }
}
