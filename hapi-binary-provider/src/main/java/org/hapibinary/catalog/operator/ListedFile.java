/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.operator;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the operator sees of a file of an export.
 *
 * @param id of its Binary
 * @param name null before the export is complete
 * @param read when a download of it has last shown that it is under way; null if none has
 */
public record ListedFile(
        String id,
        @Nullable String name,
        String state,
        String kind,
        String type,
        long bytes,
        long lines,
        boolean damaged,
        long erasureFailures,
        @Nullable Instant read) {

    static ListedFile of(Object[] row) {
        return new ListedFile(
                (String) row[0],
                (String) row[1],
                (String) row[2],
                (String) row[3],
                (String) row[4],
                Values.number(row[5]),
                Values.number(row[6]),
                (Boolean) row[7],
                Values.number(row[8]),
                Values.instantOrNull(row[9]));
    }
}
