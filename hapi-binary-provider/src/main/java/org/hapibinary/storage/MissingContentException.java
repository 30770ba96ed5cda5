/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import java.io.IOException;

/** Content to which the catalog refers is missing in the store, or differs. An alarm, not a transient fault. */
public class MissingContentException extends IOException {

    private static final long serialVersionUID = 1L;

    /** @param message for the operator */
    public MissingContentException(String message) {
        super(message);
    }
}
