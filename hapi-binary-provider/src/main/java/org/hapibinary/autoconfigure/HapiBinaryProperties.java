/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Everything an operator can set.
 *
 * @param enabled whether the plugin does anything at all
 * @param baseUrl the FHIR base URL as clients see it; default audience of access tokens
 * @param authorization whose access tokens are accepted
 * @param storage where the content of export files is kept
 * @param retention how long the files of an export live after it completes
 * @param sweepInterval how often expired and discarded content is erased
 * @param bulkExport how HAPI's export jobs are looked after
 */
@ConfigurationProperties("hapi.binary")
public record HapiBinaryProperties(
        @DefaultValue("true") boolean enabled,
        @Nullable URI baseUrl,
        @DefaultValue Authorization authorization,
        @DefaultValue Storage storage,
        @DefaultValue("24h") Duration retention,
        @DefaultValue("10m") Duration sweepInterval,
        @DefaultValue BulkExport bulkExport) {

    public HapiBinaryProperties {
        requirePositive("hapi.binary.retention", retention);
        requirePositive("hapi.binary.sweep-interval", sweepInterval);
    }

    /**
     * What access tokens are made out to: the configured audience, else the FHIR base URL without a slash at its end. It is
     * never taken from a request: a forged Host header must not choose it.
     */
    String requireAudience() {
        String audience = authorization.audience();
        if (audience != null) {
            return audience;
        }
        if (baseUrl == null) {
            throw new InvalidPropertyException(
                    "hapi.binary.base-url",
                    null,
                    "must be the FHIR base URL as clients see it, such as https://fhir.example.org/fhir,"
                            + " unless hapi.binary.authorization.audience says what access tokens are made out to");
        }
        String url = baseUrl.toString();
        return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    }

    /**
     * @param issuer the {@code iss} that an access token must have
     * @param jwkSetUri where the issuer's public keys are; default: as its metadata says
     * @param audience the {@code aud} that an access token must name; default: the base URL
     */
    public record Authorization(@Nullable URI issuer, @Nullable URI jwkSetUri, @Nullable String audience) {

        URI requireIssuer() {
            if (issuer == null) {
                throw new InvalidPropertyException(
                        "hapi.binary.authorization.issuer",
                        null,
                        "must be the URL of the OAuth server whose access tokens this server accepts");
            }
            return issuer;
        }
    }

    /**
     * @param mode which kind of store
     * @param filesystem for the mode {@code filesystem}
     */
    public record Storage(@DefaultValue("filesystem") Mode mode, @DefaultValue Filesystem filesystem) {

        /** The kinds of store. */
        public enum Mode {
            /** Files below a directory. */
            FILESYSTEM,
            /** The server's own {@code IBinaryStorageSvc}. */
            EXISTING
        }

        /** @param directory made if it does not exist */
        public record Filesystem(@DefaultValue("./data/binary") Path directory) {}
    }

    /**
     * @param stalledAfter after how much quiet the servers at work on an export are taken for dead, and its work is handed
     *     out again
     */
    public record BulkExport(@DefaultValue("2m") Duration stalledAfter) {

        public BulkExport {
            requirePositive("hapi.binary.bulk-export.stalled-after", stalledAfter);
        }
    }

    private static void requirePositive(String property, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new InvalidPropertyException(
                    property, value.toString(), "must be longer than nothing, for example 24h, 10m or 30s");
        }
    }
}
