/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import java.time.Duration;
import org.hapibinary.authorization.DownloadPermits;

/**
 * How much downloads may take up of a server.
 *
 * @param permits how many there may be at once
 * @param slowest how many bytes a client must take in a second at least, averaged over a minute; 0 for no limit
 * @param longestStall after how long a download is ended of which nothing at all is taken
 * @param storeReads how many of them may read the store at once, each on a thread of the container's; at least 1
 */
public record DownloadLimits(DownloadPermits permits, long slowest, Duration longestStall, int storeReads) {}
