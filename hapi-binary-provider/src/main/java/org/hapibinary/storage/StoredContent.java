/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;

/** Content opened for one reading. */
public interface StoredContent extends Closeable {

    /**
     * Writes all of it, in constant memory.
     *
     * @param out not closed
     * @throws ContentReadException if the store fails or ends too early
     * @throws IOException if {@code out} fails
     */
    void writeTo(OutputStream out) throws IOException;
}
