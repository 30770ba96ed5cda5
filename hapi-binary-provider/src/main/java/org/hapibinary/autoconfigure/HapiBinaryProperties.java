/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.hapibinary.attachment.AttachmentRule;
import org.hapibinary.authorization.ClientList;
import org.hapibinary.authorization.ExportPolicy;
import org.hapibinary.authorization.OtherBinaries;
import org.hapibinary.authorization.body.RequestBodies;
import org.hapibinary.authorization.token.TrustedIssuer;
import org.hapibinary.storage.s3.S3AccessException;
import org.hapibinary.storage.s3.S3Settings;
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
 * @param attachments which Binaries of the record may be had from an export whose resources refer to them
 * @param capability what the CapabilityStatement says of Binary
 * @param bulkExport how HAPI's export jobs are looked after
 * @param limits how much clients may take up
 * @param contentCheck how stored content is compared with what was written
 * @param orphanCheck how content without a row is found and erased
 */
@ConfigurationProperties("hapi.binary")
public record HapiBinaryProperties(
        @DefaultValue("true") boolean enabled,
        @Nullable URI baseUrl,
        @DefaultValue List<URI> otherBaseUrls,
        @DefaultValue @NestedConfigurationProperty AuthorizationProperties authorization,
        @DefaultValue Storage storage,
        @DefaultValue("24h") Duration retention,
        @DefaultValue("10m") Duration sweepInterval,
        @DefaultValue("30d") Duration tombstoneRetention,
        @DefaultValue("1MB") DataSize maxRequestBody,
        @DefaultValue("deny") OtherBinaries otherBinaries,
        @DefaultValue("scoped") AttachmentRule attachments,
        @DefaultValue Capability capability,
        @DefaultValue BulkExport bulkExport,
        @DefaultValue @NestedConfigurationProperty LimitsProperties limits,
        @DefaultValue ContentCheck contentCheck,
        @DefaultValue OrphanCheck orphanCheck) {

    public HapiBinaryProperties {
        otherBaseUrls = List.copyOf(otherBaseUrls);
        requireOneBaseUrlPerOrigin(baseUrl, otherBaseUrls);
        requireBodyLimit("hapi.binary.max-request-body", maxRequestBody);
        requirePositive("hapi.binary.retention", retention);
        requirePositive("hapi.binary.sweep-interval", sweepInterval);
        requirePositive("hapi.binary.tombstone-retention", tombstoneRetention);
    }

    /** The FHIR base URLs that the server is known under, without slashes at their ends; the main one is the first. */
    public List<String> baseUrls() {
        return Stream.concat(Stream.ofNullable(baseUrl), otherBaseUrls.stream())
                .map(HapiBinaryProperties::withoutSlash)
                .toList();
    }

    private static String withoutSlash(URI url) {
        String text = url.toString();
        return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    }

    /** A request is told by its scheme, host and port which of them it came to. */
    private static void requireOneBaseUrlPerOrigin(@Nullable URI baseUrl, List<URI> others) {
        if (others.isEmpty()) {
            return;
        }
        if (baseUrl == null) {
            throw new InvalidPropertyException(
                    "hapi.binary.base-url", null, "must be the main FHIR base URL where there are other-base-urls");
        }
        Set<String> origins = new HashSet<>(Set.of(originOf(baseUrl)));
        for (int i = 0; i < others.size(); i++) {
            URI url = others.get(i);
            if (!isHttp(url) || url.getRawQuery() != null || url.getRawFragment() != null) {
                throw new InvalidPropertyException(
                        "hapi.binary.other-base-urls[" + i + "]",
                        url.toString(),
                        "must be a FHIR base URL, such as https://fhir.example.org/fhir");
            }
            if (!origins.add(originOf(url))) {
                throw new InvalidPropertyException(
                        "hapi.binary.other-base-urls[" + i + "]",
                        url.toString(),
                        "must differ from the other base URLs in its scheme, host or port");
            }
        }
    }

    private static boolean isHttp(URI url) {
        return url.getHost() != null && ("http".equals(url.getScheme()) || "https".equals(url.getScheme()));
    }

    private static String originOf(URI url) {
        int standardPort = "https".equals(url.getScheme()) ? 443 : 80;
        return url.getScheme() + "://" + url.getHost() + ":" + (url.getPort() < 0 ? standardPort : url.getPort());
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

    /** A list that nobody asks would be taken for one that limits clients. */
    void requireListInUse(ExportPolicy policy) {
        boolean asks = policy instanceof ClientList;
        if (!asks && !clientList().equals(ClientList.EMPTY)) {
            throw new InvalidPropertyException(
                    "hapi.binary.authorization.clients",
                    "set",
                    "must be left out, with unlisted-clients, where the server has an ExportPolicy of its own");
        }
    }

    /**
     * @param mode which kind of store
     * @param filesystem for the mode {@code filesystem}
     * @param s3 for the mode {@code s3}
     */
    public record Storage(
            @DefaultValue("filesystem") Mode mode, @DefaultValue Filesystem filesystem, @DefaultValue S3 s3) {

        /** The kinds of store. */
        public enum Mode {
            /** Files below a directory. */
            FILESYSTEM,
            /** Rows of the server's own database. */
            DATABASE,
            /** Objects in a bucket of Amazon's S3, or of a store that speaks its protocol. */
            S3,
            /** The server's own {@code IBinaryStorageSvc}. */
            EXISTING
        }

        /**
         * @throws InvalidPropertyException if something is missing or wrong, as far as can be said without the store
         */
        void check() {
            if (mode == Mode.S3) {
                s3.settings();
            }
        }

        /** @param directory made if it does not exist */
        public record Filesystem(@DefaultValue("./data/binary") Path directory) {}

        /**
         * @param bucket an existing one
         * @param prefix what the keys of all objects begin with, as the path of a folder
         * @param region where the bucket is; default: as the environment says
         * @param endpoint of another store than Amazon's
         * @param accessKey default: the credentials that the environment has
         * @param secretKey of the access key
         * @param pathStyle whether the bucket is named in the path rather than in the host name; default: where there
         *     is an endpoint
         */
        public record S3(
                @Nullable String bucket,
                @DefaultValue("") String prefix,
                @Nullable String region,
                @Nullable URI endpoint,
                @Nullable String accessKey,
                @Nullable String secretKey,
                @Nullable Boolean pathStyle) {

            private static final String PREFIX = "hapi.binary.storage.s3.";
            private static final Pattern REGION = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9-]*");

            S3Settings settings() {
                if (bucket == null || bucket.isBlank() || bucket.indexOf('/') >= 0) {
                    throw new InvalidPropertyException(
                            PREFIX + "bucket", bucket, "must be the name of an existing bucket, without a path");
                }
                if (prefix.startsWith("/")) {
                    throw new InvalidPropertyException(
                            PREFIX + "prefix", prefix, "must not begin with a slash, for example fhir/exports");
                }
                if (region != null && !REGION.matcher(region).matches()) {
                    throw new InvalidPropertyException(
                            PREFIX + "region", region, "must be the name of a region, such as eu-central-1");
                }
                if (endpoint != null && !isHttp(endpoint)) {
                    throw new InvalidPropertyException(
                            PREFIX + "endpoint",
                            endpoint.toString(),
                            "must be the URL of the store, such as https://minio.example.org:9000");
                }
                return new S3Settings(
                        bucket, folder(), region, endpoint, key(), pathStyle != null ? pathStyle : endpoint != null);
            }

            private String folder() {
                return prefix.isEmpty() || prefix.endsWith("/") ? prefix : prefix + "/";
            }

            private S3Settings.@Nullable AccessKey key() {
                if (accessKey == null && secretKey == null) {
                    return null;
                }
                if (accessKey == null || accessKey.isBlank()) {
                    throw new InvalidPropertyException(
                            PREFIX + "access-key", accessKey, "must be the access key that secret-key belongs to");
                }
                if (secretKey == null || secretKey.isBlank()) {
                    throw new InvalidPropertyException(PREFIX + "secret-key", null, "must be the secret of access-key");
                }
                return new S3Settings.AccessKey(accessKey, secretKey);
            }

            /** What an operator can do about a bucket that cannot be used. */
            InvalidPropertyException invalid(S3AccessException failure) {
                InvalidPropertyException invalid =
                        switch (failure.reason()) {
                            case NO_BUCKET ->
                                new InvalidPropertyException(
                                        PREFIX + "bucket", bucket, "must be the name of a bucket that exists");
                            case NOT_ALLOWED ->
                                new InvalidPropertyException(
                                        PREFIX + "bucket",
                                        bucket,
                                        "must be a bucket that the server may list, and put, get and delete objects in"
                                                + " ("
                                                + failure.getMessage() + ")");
                            case ACCESS_KEY ->
                                new InvalidPropertyException(
                                        PREFIX + "access-key", accessKey, "must be an access key that the store knows");
                            case SECRET_KEY ->
                                new InvalidPropertyException(
                                        PREFIX + "secret-key",
                                        secretKey == null ? null : "set",
                                        "must be the secret of the access key");
                            case NO_CREDENTIALS ->
                                new InvalidPropertyException(
                                        PREFIX + "access-key",
                                        null,
                                        "must be the access key of the store, with its secret in secret-key,"
                                                + " unless the environment has credentials");
                            case REGION, NO_REGION ->
                                new InvalidPropertyException(
                                        PREFIX + "region", region, "must be the region that the bucket is in");
                            case ENDPOINT ->
                                new InvalidPropertyException(
                                        PREFIX + "endpoint",
                                        endpoint == null ? null : endpoint.toString(),
                                        "must be the URL of an S3 store that can be reached, or be left out for"
                                                + " Amazon's in the region of the bucket (" + failure.getMessage()
                                                + ")");
                        };
                invalid.initCause(failure);
                return invalid;
            }

            /** Without the secret. */
            @Override
            public String toString() {
                return "S3[bucket=" + bucket + ", prefix=" + prefix + ", region=" + region + ", endpoint=" + endpoint
                        + ", accessKey=" + accessKey + ", pathStyle=" + pathStyle + "]";
            }
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
     * @param stalledAfter after how long without a heartbeat the servers at work on an export are considered stalled,
     *     and its work is handed out again
     * @param fileResources resources in a file at most
     * @param fileSize bytes of NDJSON in a file at most, unless a single resource is larger
     * @param batchInterval how often HAPI's batch engine looks what to do next while an export runs and nothing is
     *     heard
     * @param supportingTypes types of resources that no patient owns, which go along with what refers to them in
     *     exports of patients and groups
     * @param transactionMargin how much earlier than the oldest open transaction an export's {@code transactionTime}
     *     is: the time that a transaction of another server may wait for a connection, and clocks may differ by
     * @param prefer whether a kick-off must say {@code Prefer: respond-async}
     */
    public record BulkExport(
            @DefaultValue("2m") Duration stalledAfter,
            @DefaultValue("100000") int fileResources,
            @DefaultValue("256MB") DataSize fileSize,
            @DefaultValue("5s") Duration batchInterval,
            @DefaultValue({
                        "Practitioner",
                        "PractitionerRole",
                        "Organization",
                        "Location",
                        "Medication",
                        "Device",
                        "Substance",
                        "Specimen"
                    })
                    Set<String> supportingTypes,
            @DefaultValue("30s") Duration transactionMargin,
            @DefaultValue("required") Prefer prefer) {

        /** Whether a kick-off must say that the client waits for an answer later (RFC 7240 §4.1). */
        public enum Prefer {
            /** It is refused without, as the Bulk Data IG has it. */
            REQUIRED,
            /** It is answered in the same way without. */
            OPTIONAL
        }

        public BulkExport {
            requirePositive("hapi.binary.bulk-export.stalled-after", stalledAfter);
            requirePositive("hapi.binary.bulk-export.batch-interval", batchInterval);
            if (transactionMargin.isNegative()) {
                throw new InvalidPropertyException(
                        "hapi.binary.bulk-export.transaction-margin",
                        transactionMargin.toString(),
                        "must be a time of zero or more, for example 30s");
            }
            if (fileResources < 1) {
                throw new InvalidPropertyException(
                        "hapi.binary.bulk-export.file-resources",
                        Integer.toString(fileResources),
                        "must be the number of resources in a file at most, for example 100000");
            }
            if (fileSize.toBytes() < 1) {
                throw new InvalidPropertyException(
                        "hapi.binary.bulk-export.file-size",
                        fileSize.toString(),
                        "must be the size of a file at most, for example 256MB");
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
            requirePositive("hapi.binary.content-check.interval", interval);
        }

        boolean isOn() {
            return rate.toBytes() > 0;
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

        boolean isOn() {
            return !interval.isZero();
        }
    }

    /** Whether bodies of requests can be limited to a size; HAPI keeps each in one array. */
    public static void requireBodyLimit(String property, DataSize value) {
        if (value.toBytes() < 1 || value.toBytes() > RequestBodies.LARGEST_LIMIT) {
            throw new InvalidPropertyException(
                    property, value.toString(), "must be the size of a body at most, from 1B to 1GB, for example 1MB");
        }
    }

    private static void requirePositive(String property, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new InvalidPropertyException(
                    property, value.toString(), "must be longer than nothing, for example 24h, 10m or 30s");
        }
    }
}
