/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.s3;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Where {@link S3Storage} keeps content.
 *
 * @param bucket an existing one
 * @param prefix what the keys of all objects begin with; may be empty
 * @param region null: as the environment says; if that does not say either but there is an endpoint, one that stores
 *     which know no regions take for theirs
 * @param endpoint null: Amazon's for the region
 * @param accessKey null: whatever credentials the environment has
 * @param pathStyle whether the bucket is named in the path rather than in the host name
 */
public record S3Settings(
        String bucket,
        String prefix,
        @Nullable String region,
        @Nullable URI endpoint,
        @Nullable AccessKey accessKey,
        boolean pathStyle) {

    /** What requests are signed with. */
    public record AccessKey(String id, String secret) {

        /** Without the secret. */
        @Override
        public String toString() {
            return "AccessKey[id=" + id + "]";
        }
    }
}
