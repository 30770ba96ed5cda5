/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.s3;

import java.io.IOException;

/** A bucket that cannot be used, found out before it is needed. */
public final class S3AccessException extends IOException {

    private static final long serialVersionUID = 1L;

    /** Which of the settings is to blame. */
    public enum Cause {
        /** There is no such bucket. */
        NO_BUCKET,
        /** The credentials are good, but not for all that has to be done in the bucket. */
        NOT_ALLOWED,
        /** The store does not know the access key. */
        ACCESS_KEY,
        /** The secret is not that of the access key. */
        SECRET_KEY,
        /** No credentials are set, and the environment has none. */
        NO_CREDENTIALS,
        /** The bucket is in another region. */
        REGION,
        /** No region is set, and the environment has none. */
        NO_REGION,
        /** Nobody answers at the endpoint, or somebody who is no S3 store. */
        ENDPOINT
    }

    private final Cause reason;

    S3AccessException(Cause reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /** What is wrong. */
    public Cause reason() {
        return reason;
    }
}
