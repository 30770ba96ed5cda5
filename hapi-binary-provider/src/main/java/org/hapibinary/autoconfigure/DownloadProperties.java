/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How files are sent.
 *
 * @param offload who sends files
 * @param redirectValidity how long a URL of the store is valid
 */
record DownloadProperties(@DefaultValue("none") Offload offload, @DefaultValue("60s") Duration redirectValidity) {

    private static final Duration LONGEST = Duration.ofHours(1);

    /** Who sends files. */
    enum Offload {
        /** The server. */
        NONE,
        /** The store, to which clients are redirected. */
        REDIRECT
    }

    public DownloadProperties {
        if (redirectValidity.toSeconds() < 1 || redirectValidity.compareTo(LONGEST) > 0) {
            throw new InvalidPropertyException(
                    "hapi.binary.download.redirect-validity",
                    redirectValidity.toString(),
                    "must be from 1s to 1h, for example 60s: whoever has the URL may use it so long");
        }
    }

    @Nullable
    Duration validity(StorageProperties.Mode mode) {
        if (offload == Offload.NONE) {
            return null;
        }
        if (mode != StorageProperties.Mode.S3) {
            throw new InvalidPropertyException(
                    "hapi.binary.download.offload", "redirect", "must be none, unless hapi.binary.storage.mode is s3");
        }
        return redirectValidity;
    }
}
