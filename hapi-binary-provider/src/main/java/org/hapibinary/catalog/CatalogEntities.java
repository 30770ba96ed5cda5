/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import java.util.List;

/** The catalog's part of a persistence unit. */
public final class CatalogEntities {

    /** The names of its managed classes. */
    public static final List<String> CLASS_NAMES = List.of(
            Export.class.getName(),
            ExportAuthorization.class.getName(),
            ExportChunk.class.getName(),
            ExportFile.class.getName(),
            Attachment.class.getName(),
            Attachment.Key.class.getName(),
            IssueRow.class.getName());

    private CatalogEntities() {}
}
