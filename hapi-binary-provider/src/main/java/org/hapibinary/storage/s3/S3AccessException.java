/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.s3;

import java.io.IOException;

/** Thrown at the start if the bucket cannot be used. */
public final class S3AccessException extends IOException {

    private static final long serialVersionUID = 1L;

    /** Which setting is wrong. */
    public enum Cause {
        /** The bucket does not exist. */
        NO_BUCKET,
        /** The credentials are valid, but lack a permission that the store needs. */
        NOT_ALLOWED,
        /** The store does not know the access key. */
        ACCESS_KEY,
        /** The secret does not match the access key. */
        SECRET_KEY,
        /** No credentials are set, and the environment has none. */
        NO_CREDENTIALS,
        /** The bucket is in another region. */
        REGION,
        /** No region is set, and the environment has none. */
        NO_REGION,
        /** Nothing answers at the endpoint, or it is not an S3 store. */
        ENDPOINT
    }

    private final Cause reason;

    S3AccessException(Cause reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /** The setting that is wrong. */
    public Cause reason() {
        return reason;
    }
}
