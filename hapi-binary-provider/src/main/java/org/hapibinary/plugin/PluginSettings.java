/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.plugin;

import java.time.Duration;
import org.hapibinary.authorization.CallerResolver;
import org.hapibinary.authorization.ExportPolicy;
import org.hapibinary.authorization.OtherBinaries;
import org.hapibinary.catalog.quota.ExportQuota;
import org.hapibinary.download.DownloadLimits;
import org.hapibinary.provider.FhirInterface;
import org.jspecify.annotations.Nullable;

/**
 * What operators set, whatever the server around the plugin is.
 *
 * @param access who may have what
 * @param exportLimits how much exports may take up
 * @param downloadLimits how much downloads may take up
 * @param lifetimes how long things live
 * @param maintenance what is done in the background, and how often
 * @param announcement what clients are told of the plugin
 */
public record PluginSettings(
        Access access,
        ExportQuota.Limits exportLimits,
        DownloadLimits downloadLimits,
        Lifetimes lifetimes,
        Maintenance maintenance,
        FhirInterface.Announcement announcement) {

    /**
     * @param callers who sends a request
     * @param policy who may export what, beyond what scopes cover
     * @param otherBinaries what becomes of Binaries that belong to no export
     * @param maxRequestBody bytes of a request's body at most, after decompression too
     */
    public record Access(
            CallerResolver callers, ExportPolicy policy, OtherBinaries otherBinaries, long maxRequestBody) {}

    /**
     * @param retention how long the files of an export live after it completes
     * @param tombstones how long it is said of expired files that they have expired
     * @param afterExpiry how long a download that has begun may go on after the expiry or deletion of its export
     * @param stalledAfter after how long without a heartbeat the server that works on an export is considered stalled
     */
    public record Lifetimes(Duration retention, Duration tombstones, Duration afterExpiry, Duration stalledAfter) {}

    /**
     * @param sweepInterval between two runs of the erasure of expired and discarded content
     * @param contentCheck how stored content is compared with what was written; null for not at all
     * @param orphanInterval between two searches for content without a row; zero for none
     * @param orphanGrace how old such content is at least when it is erased
     */
    public record Maintenance(
            Duration sweepInterval,
            @Nullable ContentCheckPace contentCheck,
            Duration orphanInterval,
            Duration orphanGrace) {}

    /**
     * @param bytesPerSecond that are read at most
     * @param interval between two checks of one file
     */
    public record ContentCheckPace(long bytesPerSecond, Duration interval) {}
}
