/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.schema;

import java.util.List;
import org.hapibinary.catalog.Attachment;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportAuthorization;
import org.hapibinary.catalog.ExportChunk;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.catalog.IssueRow;
import org.hapibinary.catalog.KickOffRequest;

/** The catalog's part of a persistence unit. */
public final class CatalogEntities {

    /** The names of the catalog's entities and embeddables. */
    public static final List<String> CLASS_NAMES = List.of(
            Export.class.getName(),
            ExportAuthorization.class.getName(),
            KickOffRequest.class.getName(),
            ExportChunk.class.getName(),
            ExportFile.class.getName(),
            Attachment.class.getName(),
            Attachment.Key.class.getName(),
            IssueRow.class.getName());

    private CatalogEntities() {}
}
