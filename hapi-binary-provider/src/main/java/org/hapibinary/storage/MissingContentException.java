/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import java.io.IOException;

/** Content that the catalog promises is not in the store, or not what it should be. An alarm, not a passing fault. */
public class MissingContentException extends IOException {

    private static final long serialVersionUID = 1L;

    /** @param message says what is wrong, for the operator */
    public MissingContentException(String message) {
        super(message);
    }
}
