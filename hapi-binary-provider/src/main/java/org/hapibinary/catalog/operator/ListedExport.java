/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.operator;

import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What the operator sees of an export.
 *
 * @param jobId in its status URL; null at its very beginning
 * @param state one of {@link #STATES}
 * @param user null unless the client acts for a user
 * @param level SYSTEM, PATIENT or GROUP; null for exports of old versions
 * @param exported the Group or Patient; null for none
 * @param types the resource types, separated by spaces
 * @param files that it has, or had before they were erased
 * @param bytes of these files
 * @param storedBytes that its files take up in the store now, in all their forms
 * @param downloads that have ended, whole or broken
 * @param failure what the client is told; null unless it has failed
 * @param request what is shown of the kick-off URL, or its beginning
 */
public record ListedExport(
        String id,
        @Nullable String jobId,
        String state,
        String issuer,
        String client,
        @Nullable String user,
        @Nullable String level,
        @Nullable String exported,
        String types,
        Instant started,
        @Nullable Instant ended,
        @Nullable Instant expires,
        @Nullable Instant erased,
        long files,
        long bytes,
        long storedBytes,
        long downloads,
        long downloadedBytes,
        @Nullable String failure,
        String request) {

    static final String COMPLETE = "COMPLETE";
    static final String EXPIRED = "EXPIRED";
    private static final String FAILED = "FAILED";

    /** The states that an operator sees; for the database, an expired export is a complete one. */
    public static final List<String> STATES = List.of("RUNNING", COMPLETE, EXPIRED, FAILED, "DELETED");

    static ListedExport of(Object[] row, Object @Nullable [] files, Instant now, UnaryOperator<String> shown) {
        Instant expires = Values.instantOrNull(row[11]);
        String state = (String) row[2];
        boolean isExpired = state.equals(COMPLETE) && expires != null && !now.isBefore(expires);
        return new ListedExport(
                (String) row[0],
                (String) row[1],
                isExpired ? EXPIRED : state,
                (String) row[3],
                (String) row[4],
                (String) row[5],
                (String) row[6],
                (String) row[7],
                (String) row[8],
                Values.instant(row[9]),
                Values.instantOrNull(row[10]),
                expires,
                Values.instantOrNull(row[12]),
                files == null ? 0 : Values.number(files[1]),
                files == null ? 0 : Values.number(files[2]),
                Values.number(row[13]),
                Values.number(row[14]),
                Values.number(row[15]),
                state.equals(FAILED) ? (String) row[16] : null,
                shown.apply((String) row[17]));
    }
}
