/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import java.io.IOException;

/** A content must not be read any further, because its export is over. */
public final class CutOffException extends IOException {

    private static final long serialVersionUID = 1L;

    CutOffException(String message) {
        super(message);
    }
}
