/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.plainserver;

import ca.uhn.fhir.context.FhirContext;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.observation.ObservationRegistry;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.hapibinary.authorization.CallerResolver;
import org.hapibinary.authorization.ClientList;
import org.hapibinary.authorization.DownloadPermits;
import org.hapibinary.authorization.ExportPolicy;
import org.hapibinary.authorization.OtherBinaries;
import org.hapibinary.authorization.body.RequestBodies;
import org.hapibinary.authorization.token.AccessTokens;
import org.hapibinary.authorization.token.BearerTokenCallerResolver;
import org.hapibinary.authorization.token.IssuerMetadata;
import org.hapibinary.authorization.token.TokenSettings;
import org.hapibinary.authorization.token.TrustedIssuer;
import org.hapibinary.catalog.quota.ExportQuota;
import org.hapibinary.catalog.schema.CatalogPersistence;
import org.hapibinary.download.AttachmentContents;
import org.hapibinary.download.DownloadLimits;
import org.hapibinary.observability.Observations;
import org.hapibinary.observability.TokenRecorder;
import org.hapibinary.observability.audit.AuditSink;
import org.hapibinary.plugin.PluginSettings;
import org.hapibinary.plugin.Surroundings;
import org.hapibinary.provider.FhirInterface;
import org.hapibinary.storage.ContentStore;
import org.jspecify.annotations.Nullable;

/** The settings of a {@link HapiBinaryBuilder}, and their defaults. */
final class BuilderSettings {

    private static final Duration CHECK_INTERVAL = Duration.ofHours(24);
    private static final Duration ORPHAN_GRACE = Duration.ofHours(24);

    final List<TrustedIssuer> issuers = new ArrayList<>();

    @Nullable
    String baseUrl;

    TokenSettings tokenSettings = TokenSettings.DEFAULTS;

    @Nullable
    CallerResolver callers;

    List<String> supportedProfiles = List.of();
    ExportPolicy policy = ClientList.EMPTY;
    ExportQuota.Limits exportLimits = ExportQuota.Limits.DEFAULT;
    int downloadsPerClient = 16;
    int downloads = 1_000;
    long slowestDownload = 1_024;
    Duration stalledDownload = Duration.ofMinutes(2);
    int storeReads = 50;

    @Nullable
    Duration redirectValidity;

    Duration afterExpiry = Duration.ofMinutes(15);
    OtherBinaries otherBinaries = OtherBinaries.DENY;
    long maxRequestBody = 1 << 20;
    Duration retention = Duration.ofHours(24);
    Duration sweepInterval = Duration.ofMinutes(10);
    Duration tombstoneRetention = Duration.ofDays(30);
    Duration stalledAfter = Duration.ofMinutes(2);
    long checkedBytesPerSecond = 10_000_000;
    Duration orphanCheckInterval = Duration.ofHours(24);
    MeterRegistry meters = Metrics.globalRegistry;

    @Nullable
    ObservationRegistry observations;

    List<AuditSink> auditSinks = List.of(AuditSink.toLog());
    Clock clock = Clock.systemUTC();

    static Duration positive(String name, Duration duration) {
        if (duration.isZero() || duration.isNegative()) {
            throw new IllegalArgumentException(name + " must be longer than nothing: " + duration);
        }
        return duration;
    }

    void downloads(int perClient, int inAll) {
        if (perClient < 1 || inAll < 1) {
            throw new IllegalArgumentException("downloads must be at least 1: " + perClient + ", " + inAll);
        }
        downloadsPerClient = perClient;
        downloads = inAll;
    }

    void storeReads(int most) {
        if (most < 1) {
            throw new IllegalArgumentException("storeReads must be at least 1: " + most);
        }
        storeReads = most;
    }

    void afterExpiry(Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException("afterExpiry must not be negative: " + duration);
        }
        afterExpiry = duration;
    }

    void maxRequestBody(long bytes) {
        if (bytes < 1 || bytes > RequestBodies.LARGEST_LIMIT) {
            throw new IllegalArgumentException("maxRequestBody must be from 1 to " + RequestBodies.LARGEST_LIMIT);
        }
        maxRequestBody = bytes;
    }

    void supportedProfiles(List<URI> profiles) {
        for (URI profile : profiles) {
            if (!profile.isAbsolute()) {
                throw new IllegalArgumentException("supportedProfiles must be absolute URLs: " + profile);
            }
        }
        supportedProfiles = profiles.stream().map(URI::toString).toList();
    }

    void baseUrl(URI url) {
        String text = url.toString();
        baseUrl = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    }

    String requireBaseUrl() {
        if (baseUrl == null) {
            throw new IllegalStateException("Set baseUrl first: it is what access tokens must be made out to");
        }
        return baseUrl;
    }

    /** @throws IllegalStateException if neither an issuer nor a caller resolver is set */
    PluginSettings plugin() {
        return new PluginSettings(
                new PluginSettings.Access(resolver(), policy, otherBinaries, maxRequestBody),
                exportLimits,
                new DownloadLimits(
                        new DownloadPermits(downloadsPerClient, downloads),
                        slowestDownload,
                        stalledDownload,
                        storeReads,
                        redirectValidity),
                new PluginSettings.Lifetimes(retention, tombstoneRetention, afterExpiry, stalledAfter),
                new PluginSettings.Maintenance(sweepInterval, contentCheck(), orphanCheckInterval, ORPHAN_GRACE),
                new FhirInterface.Announcement(List.of(), supportedProfiles, issuerMetadata()));
    }

    Surroundings surroundings(FhirContext fhirContext, CatalogPersistence persistence, ContentStore store) {
        return new Surroundings(
                fhirContext,
                persistence.database(clock),
                store,
                catalog -> AttachmentContents.NONE,
                meters,
                Observations.of(observations, meters),
                auditSinks,
                clock);
    }

    private PluginSettings.@Nullable ContentCheckPace contentCheck() {
        return checkedBytesPerSecond > 0
                ? new PluginSettings.ContentCheckPace(checkedBytesPerSecond, CHECK_INTERVAL)
                : null;
    }

    private CallerResolver resolver() {
        if (callers != null) {
            return callers;
        }
        if (issuers.isEmpty()) {
            throw new IllegalStateException(
                    "Say whose access tokens are accepted, by trustedIssuer, or who sends a request, by"
                            + " callerResolver");
        }
        return new BearerTokenCallerResolver(
                new AccessTokens(issuers, tokenSettings, clock),
                Stream.ofNullable(baseUrl).toList(),
                new TokenRecorder(meters));
    }

    /** The metadata of the first issuer, because clients are told of only one; null if there is none. */
    private @Nullable IssuerMetadata issuerMetadata() {
        return callers != null || issuers.isEmpty()
                ? null
                : new IssuerMetadata(issuers.get(0).issuer(), tokenSettings, clock);
    }
}
