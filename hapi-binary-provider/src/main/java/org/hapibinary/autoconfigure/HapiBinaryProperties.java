/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import ca.uhn.fhir.context.FhirContext;
import com.google.common.net.InternetDomainName;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hapibinary.attachment.AttachmentRegister;
import org.hapibinary.authorization.CallerResolver;
import org.hapibinary.authorization.ClientList;
import org.hapibinary.authorization.ExportPolicy;
import org.hapibinary.authorization.OtherBinaries;
import org.hapibinary.authorization.token.IssuerMetadata;
import org.hapibinary.authorization.token.TrustedIssuer;
import org.hapibinary.jpaserver.JpaExports;
import org.hapibinary.plugin.PluginSettings;
import org.hapibinary.provider.FhirInterface;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Everything an operator can set.
 *
 * @param enabled whether the plugin does anything at all
 * @param baseUrl the FHIR base URL as clients see it; default audience of access tokens
 * @param otherBaseUrls further FHIR base URLs that the server is known under; access tokens may be made out to them too
 * @param authorization whose access tokens are accepted
 * @param storage where the content of export files is kept
 * @param retention how long the files of an export live after it completes
 * @param sweepInterval how often expired and discarded content is erased
 * @param tombstoneRetention how long after that it is still said that they have expired
 * @param maxRequestBody bytes of a request's body at most, after decompression too, at the plugin's own paths
 * @param otherBinaries what becomes of a read of a Binary that belongs to no export
 * @param attachments which Binaries of the record an export serves whose resources refer to them
 * @param capability what the CapabilityStatement says of Binary
 * @param bulkExport how HAPI's export jobs are looked after
 * @param limits how much clients may take up
 * @param contentCheck how stored content is compared with what was written
 * @param orphanCheck how content without a row is found and erased
 * @param audit where audit events go
 * @param download who sends files
 * @param operator of the operator's endpoint
 */
@ConfigurationProperties("hapi.binary")
public record HapiBinaryProperties(
        @DefaultValue("true") boolean enabled,
        @Nullable URI baseUrl,
        @DefaultValue List<URI> otherBaseUrls,
        @DefaultValue @NestedConfigurationProperty AuthorizationProperties authorization,
        @DefaultValue @NestedConfigurationProperty StorageProperties storage,
        @DefaultValue("24h") Duration retention,
        @DefaultValue("10m") Duration sweepInterval,
        @DefaultValue("30d") Duration tombstoneRetention,
        @DefaultValue("1MB") DataSize maxRequestBody,
        @DefaultValue("deny") OtherBinaries otherBinaries,
        @DefaultValue("scoped") AttachmentRegister.Rule attachments,
        @DefaultValue Capability capability,
        @DefaultValue @NestedConfigurationProperty BulkExportProperties bulkExport,
        @DefaultValue @NestedConfigurationProperty LimitsProperties limits,
        @DefaultValue ContentCheck contentCheck,
        @DefaultValue OrphanCheck orphanCheck,
        @DefaultValue Audit audit,
        @DefaultValue @NestedConfigurationProperty DownloadProperties download,
        @DefaultValue Operator operator) {

    public HapiBinaryProperties {
        otherBaseUrls = List.copyOf(otherBaseUrls);
        PropertyRules.requireOneBaseUrlPerOrigin(baseUrl, otherBaseUrls);
        PropertyRules.requireBodyLimit("hapi.binary.max-request-body", maxRequestBody);
        PropertyRules.requirePositive("hapi.binary.retention", retention);
        PropertyRules.requirePositive("hapi.binary.sweep-interval", sweepInterval);
        PropertyRules.requirePositive("hapi.binary.tombstone-retention", tombstoneRetention);
    }

    /** The FHIR base URLs that the server is known under, without slashes at their ends; the main one is the first. */
    public List<String> baseUrls() {
        return Stream.concat(Stream.ofNullable(baseUrl), otherBaseUrls.stream())
                .map(PropertyRules::withoutSlash)
                .toList();
    }

    /**
     * Whose access tokens are accepted.
     *
     * @throws InvalidPropertyException if nothing says whose, or what they are made out to
     */
    List<TrustedIssuer> trustedIssuers() {
        return authorization.trustedIssuers(new LinkedHashSet<>(baseUrls()));
    }

    /**
     * What the operator lets single clients export.
     *
     * @throws InvalidPropertyException if an entry is incomplete, contradicts another one or can never take effect
     */
    ClientList clientList() {
        return authorization.clientList();
    }

    /** An operator would think that the list limits clients, but another policy never reads it. */
    void requireListInUse(ExportPolicy policy) {
        boolean asks = policy instanceof ClientList;
        if (!asks && !clientList().equals(ClientList.EMPTY)) {
            throw new InvalidPropertyException(
                    "hapi.binary.authorization.clients",
                    "set",
                    "must be left out, with unlisted-clients, where the server has an ExportPolicy of its own");
        }
    }

    /** @param supportedProfiles the canonical URLs of profiles of Binary; default: none */
    public record Capability(@DefaultValue List<String> supportedProfiles) {

        public Capability {
            for (int i = 0; i < supportedProfiles.size(); i++) {
                if (!isAbsolute(supportedProfiles.get(i))) {
                    throw new InvalidPropertyException(
                            "hapi.binary.capability.supported-profiles[" + i + "]",
                            supportedProfiles.get(i),
                            "must be the canonical URL of a profile of Binary, such as"
                                    + " https://fhir.example.org/StructureDefinition/export-file");
                }
            }
        }

        private static boolean isAbsolute(String url) {
            try {
                return new URI(url).isAbsolute();
            } catch (URISyntaxException e) {
                return false;
            }
        }
    }

    /**
     * @param rate bytes that are read in a second, at most; 0 turns the check off
     * @param interval between two checks of one file
     */
    public record ContentCheck(@DefaultValue("10MB") DataSize rate, @DefaultValue("24h") Duration interval) {

        public ContentCheck {
            if (rate.isNegative()) {
                throw new InvalidPropertyException(
                        "hapi.binary.content-check.rate",
                        rate.toString(),
                        "must be the bytes a second that are read at most, for example 10MB, or 0 for none");
            }
            PropertyRules.requirePositive("hapi.binary.content-check.interval", interval);
        }

        PluginSettings.@Nullable ContentCheckPace pace() {
            return rate.toBytes() > 0 ? new PluginSettings.ContentCheckPace(rate.toBytes(), interval) : null;
        }
    }

    /**
     * @param interval between two searches of the store for content without a row; 0 turns them off
     * @param grace how old such content is at least when it is erased
     */
    public record OrphanCheck(@DefaultValue("24h") Duration interval, @DefaultValue("24h") Duration grace) {

        private static final Duration SHORTEST_GRACE = Duration.ofHours(1);

        public OrphanCheck {
            if (interval.isNegative()) {
                throw new InvalidPropertyException(
                        "hapi.binary.orphan-check.interval",
                        interval.toString(),
                        "must be the time between two checks, for example 24h, or 0 for none");
            }
            if (grace.compareTo(SHORTEST_GRACE) < 0) {
                throw new InvalidPropertyException(
                        "hapi.binary.orphan-check.grace",
                        grace.toString(),
                        "must be at least 1h, so that content which is being written is left alone, for example 24h");
            }
        }
    }

    /** @param sink where audit events go; several are allowed */
    public record Audit(@DefaultValue("log") Set<Sink> sink) {

        /** Where audit events go. */
        public enum Sink {
            /** Each is a line of the log. */
            LOG,
            /** The server stores them as AuditEvents. */
            FHIR,
            /** The host's {@code IBalpAuditEventSink}. */
            HOST,
            /** Nowhere. */
            NONE
        }

        public Audit {
            sink = Set.copyOf(sink);
            if (sink.isEmpty() || (sink.contains(Sink.NONE) && sink.size() > 1)) {
                throw new InvalidPropertyException(
                        "hapi.binary.audit.sink",
                        sink.isEmpty() ? "empty" : "none beside others",
                        "must be one or several of log, fhir and host, or none");
            }
        }
    }

    /**
     * @param hosts names under which operators know the server, where nobody has to log in; addresses and names that
     *     mean something in their network only are known
     */
    public record Operator(@DefaultValue Set<String> hosts) {

        public Operator {
            for (String host : hosts) {
                if (!InternetDomainName.isValid(host)) {
                    throw new InvalidPropertyException(
                            "hapi.binary.operator.hosts", host, "must be names of hosts, such as fhir-ops.example.org");
                }
            }
            hosts = hosts.stream().map(host -> host.toLowerCase(Locale.ROOT)).collect(Collectors.toUnmodifiableSet());
        }
    }

    /**
     * @param containerThreads that answer requests
     * @throws InvalidPropertyException if the list of clients is set and the policy is another
     */
    PluginSettings pluginSettings(CallerResolver callers, ExportPolicy policy, int containerThreads, Clock clock) {
        requireListInUse(policy);
        String issuer = authorization.mainIssuer();
        return new PluginSettings(
                new PluginSettings.Access(callers, policy, otherBinaries, maxRequestBody.toBytes()),
                limits.ofExports(),
                limits.ofDownloads(containerThreads, download.validity(storage.mode())),
                new PluginSettings.Lifetimes(
                        retention, tombstoneRetention, limits.afterExpiry(), bulkExport.stalledAfter()),
                new PluginSettings.Maintenance(
                        sweepInterval, contentCheck.pace(), orphanCheck.interval(), orphanCheck.grace()),
                new FhirInterface.Announcement(
                        baseUrls(),
                        capability.supportedProfiles(),
                        issuer == null ? null : new IssuerMetadata(issuer, authorization.tokenSettings(), clock)));
    }

    JpaExports.Settings exportSettings(FhirContext fhirContext) {
        return new JpaExports.Settings(
                attachments,
                bulkExport.files(fhirContext),
                bulkExport.transactionMargin(),
                bulkExport.prefer() == BulkExportProperties.Prefer.OPTIONAL,
                bulkExport.batchInterval(),
                sweepInterval);
    }

    /** Stops the start unless bodies of requests can be limited to a size. */
    public static void requireBodyLimit(String property, DataSize value) {
        PropertyRules.requireBodyLimit(property, value);
    }
}
