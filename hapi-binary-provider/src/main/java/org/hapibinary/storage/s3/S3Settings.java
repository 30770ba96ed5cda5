/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.s3;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * The bucket in which {@link S3Storage} stores content.
 *
 * @param bucket the name of an existing bucket
 * @param prefix the beginning of the keys of all objects; may be empty
 * @param region null for that of the environment; if that has none but there is an endpoint, a region that stores
 *     without regions accept
 * @param endpoint null for Amazon's endpoint of the region
 * @param accessKey null for the credentials of the environment
 * @param pathStyle whether URLs name the bucket in the path rather than in the host name
 */
public record S3Settings(
        String bucket,
        String prefix,
        @Nullable String region,
        @Nullable URI endpoint,
        @Nullable AccessKey accessKey,
        boolean pathStyle) {

    /** The credentials with which requests are signed. */
    public record AccessKey(String id, String secret) {

        /** Without the secret. */
        @Override
        public String toString() {
            return "AccessKey[id=" + id + "]";
        }
    }
}
