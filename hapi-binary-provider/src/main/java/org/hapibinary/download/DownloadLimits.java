/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import java.time.Duration;
import org.hapibinary.authorization.DownloadPermits;
import org.jspecify.annotations.Nullable;

/**
 * The limits of a server's downloads.
 *
 * @param permits how many may run at once
 * @param slowest the minimum rate of a client in bytes per second, averaged over a minute; 0 for no limit
 * @param longestStall after how long without any progress a download is ended
 * @param storeReads how many downloads may read the store at once, each on a thread of the container; at least 1
 * @param redirectValidity how long the URLs are valid at which clients get files from the store itself; null if the
 *     server sends all files
 */
public record DownloadLimits(
        DownloadPermits permits,
        long slowest,
        Duration longestStall,
        int storeReads,
        @Nullable Duration redirectValidity) {}
