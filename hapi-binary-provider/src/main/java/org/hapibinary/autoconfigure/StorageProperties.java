/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import java.net.URI;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.hapibinary.storage.s3.S3AccessException;
import org.hapibinary.storage.s3.S3Settings;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where the content of export files is kept.
 *
 * @param mode which kind of store
 * @param filesystem for the mode {@code filesystem}
 * @param s3 for the mode {@code s3}
 */
record StorageProperties(
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
            if (endpoint != null && !PropertyRules.isHttp(endpoint)) {
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
