/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import org.jspecify.annotations.Nullable;

/**
 * A Binary of the patients' record that a resource of an export refers to. What it holds is not looked at before
 * somebody asks for it.
 *
 * @param binaryId without the resource type
 * @param versionId the version it has in the export, whatever becomes of it later
 * @param permission what permitted that the export has it
 * @param title what the resource calls it, cut off after {@value #MAX_TITLE_LENGTH} characters; null if it does not
 */
public record NewAttachment(
        String binaryId, String versionId, Attachment.Permission permission, @Nullable String title) {

    static final int MAX_TITLE_LENGTH = 300;

    /** Leaves out control characters, which databases and headers do not take, and cuts off what is too long. */
    public NewAttachment {
        title = title == null ? null : CatalogText.of(title, MAX_TITLE_LENGTH);
    }

    /** One that is permitted by what refers to it. */
    public NewAttachment(String binaryId, String versionId, @Nullable String title) {
        this(binaryId, versionId, Attachment.Permission.REFERENCE, title);
    }
}
