/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import java.time.Duration;
import org.hapibinary.authorization.DownloadPermits;
import org.hapibinary.catalog.quota.ExportQuota;
import org.hapibinary.download.DownloadLimits;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How much clients may take up, one by one and together.
 *
 * @param exportsPerClient exports that a client may have running, on all servers together
 * @param exports exports that may be running, on all servers together; a client that has none may start one beyond
 *     that, up to twice as many
 * @param downloadsPerClient downloads that a client may have at once from a server
 * @param downloads downloads that a server sends at once; a client that has none may begin one beyond that, up to twice
 *     as many
 * @param pollInterval time between two questions for the status of a running export; 0 for no limit
 * @param storedBytesPerClient what the files of a client's exports may take up in the store; default: as much as there
 *     is
 * @param storedBytes what the files of all exports may take up in the store; default: as much as there is
 * @param slowestDownload what a client must read in a second, averaged over a minute, or its download is cut; 0 for no
 *     limit
 * @param stalledDownload after how long a download is ended of which nothing is taken
 * @param storeReads how many downloads may read the store at once, each on a thread of the container's; default: a
 *     quarter of its threads
 * @param afterExpiry how long a download that has begun may go on after the expiry or deletion of its export
 */
record LimitsProperties(
        @DefaultValue("5") int exportsPerClient,
        @DefaultValue("50") int exports,
        @DefaultValue("16") int downloadsPerClient,
        @DefaultValue("1000") int downloads,
        @DefaultValue("0s") Duration pollInterval,
        @Nullable DataSize storedBytesPerClient,
        @Nullable DataSize storedBytes,
        @DefaultValue("1KB") DataSize slowestDownload,
        @DefaultValue("2m") Duration stalledDownload,
        @Nullable Integer storeReads,
        @DefaultValue("15m") Duration afterExpiry) {

    private static final String PREFIX = "hapi.binary.limits.";
    private static final int THREADS_PER_STORE_READ = 4;

    public LimitsProperties {
        requireOne("exports-per-client", exportsPerClient, "exports", 5);
        requireOne("exports", exports, "exports", 50);
        requireOne("downloads-per-client", downloadsPerClient, "downloads", 16);
        requireOne("downloads", downloads, "downloads", 1000);
        requireNotNegative("poll-interval", pollInterval, "5s, or 0s for no limit");
        requireNotNegative("after-expiry", afterExpiry, "15m");
        if (stalledDownload.isNegative() || stalledDownload.isZero()) {
            throw new InvalidPropertyException(
                    PREFIX + "stalled-download",
                    stalledDownload.toString(),
                    "must be longer than nothing, and than the container's idle timeout, for example 2m");
        }
        if (storeReads != null) {
            requireOne("store-reads", storeReads, "downloads", 50);
        }
        requireSome("stored-bytes-per-client", storedBytesPerClient);
        requireSome("stored-bytes", storedBytes);
        if (slowestDownload.isNegative()) {
            throw new InvalidPropertyException(
                    PREFIX + "slowest-download",
                    slowestDownload.toString(),
                    "must be the bytes a second that a client reads at least, for example 1KB, or 0 for no limit");
        }
    }

    private static void requireOne(String name, int value, String what, int example) {
        if (value < 1) {
            throw new InvalidPropertyException(
                    PREFIX + name,
                    Integer.toString(value),
                    "must be a number of " + what + " of at least 1, for example " + example);
        }
    }

    private static void requireNotNegative(String name, Duration value, String example) {
        if (value.isNegative()) {
            throw new InvalidPropertyException(
                    PREFIX + name, value.toString(), "must be a time of zero or more, for example " + example);
        }
    }

    private static void requireSome(String name, @Nullable DataSize value) {
        if (value != null && value.toBytes() < 1) {
            throw new InvalidPropertyException(
                    PREFIX + name,
                    value.toString(),
                    "must be a size of at least 1B, for example 100GB; leave it out for no limit");
        }
    }

    ExportQuota.Limits ofExports() {
        return new ExportQuota.Limits(
                exportsPerClient, exports, bytes(storedBytesPerClient), bytes(storedBytes), pollInterval);
    }

    private static @Nullable Long bytes(@Nullable DataSize size) {
        return size == null ? null : size.toBytes();
    }

    /**
     * @param containerThreads that answer requests
     * @param redirectValidity how long URLs of the store are valid; null if the server sends files itself
     */
    DownloadLimits ofDownloads(int containerThreads, @Nullable Duration redirectValidity) {
        return new DownloadLimits(
                new DownloadPermits(downloadsPerClient, downloads),
                slowestDownload.toBytes(),
                stalledDownload,
                storeReads == null ? Math.max(1, containerThreads / THREADS_PER_STORE_READ) : storeReads,
                redirectValidity);
    }
}
