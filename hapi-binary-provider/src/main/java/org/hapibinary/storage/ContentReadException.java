/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The store failed while content was being read; distinct from a client that went away while it was being sent. */
public class ContentReadException extends IOException {

    private static final long serialVersionUID = 1L;

    ContentReadException(String message, @Nullable Exception cause) {
        super(message, cause);
    }
}
