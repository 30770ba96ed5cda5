/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.quota;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How much exports may take up, on all servers of a catalog together.
 *
 * @param exportsPerClient how many exports a client may have running
 * @param exports how many may be running; a client that has none running is let in beyond, up to twice as many
 * @param storedBytesPerClient what a client's files may take up in the store; null for as much as there is
 * @param storedBytes what all files may take up in the store; null for as much as there is
 * @param pollInterval how long to wait between two questions for the status of a running export; zero for not at all
 */
public record ExportLimits(
        int exportsPerClient,
        int exports,
        @Nullable Long storedBytesPerClient,
        @Nullable Long storedBytes,
        Duration pollInterval) {

    /** Those that hold where nothing else is set. */
    public static final ExportLimits DEFAULT = new ExportLimits(5, 50, null, null, Duration.ZERO);
}
