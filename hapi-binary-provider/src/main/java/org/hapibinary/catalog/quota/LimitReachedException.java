/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.quota;

/** There is no room for one more. */
public final class LimitReachedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String limit;
    private final int retryAfterSeconds;

    /**
     * @param limit the property that sets it
     * @param reached a sentence that says what has been reached
     * @param retryAfterSeconds when another try may help
     */
    public LimitReachedException(String limit, String reached, int retryAfterSeconds) {
        super(reached);
        this.limit = limit;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    /** The property that sets it. */
    public String limit() {
        return limit;
    }

    /** A sentence that says what has been reached. */
    public String reached() {
        return String.valueOf(getMessage());
    }

    /** When another try may help. */
    public int retryAfterSeconds() {
        return retryAfterSeconds;
    }
}
