/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;

/** Content opened for reading, by one thread at a time. */
public interface StoredContent extends Closeable {

    /** Its length in bytes, as the store knows it. */
    long size();

    /** Whether a part costs no more than its own length, wherever it begins. */
    default boolean isRandomAccess() {
        return true;
    }

    /**
     * Opens a part for reading. A store takes what it needs of a scarce resource, such as a database connection, for
     * each reading of the channel and not from its opening to its closing: the reader may be slow.
     *
     * @param offset of the part's first byte, at least 0
     * @param length of the part, at least 0; {@code offset + length} is at most {@link #size}
     * @return blocks until there is something to read; ends after {@code length} bytes, earlier only if bytes are
     *     missing. The caller closes it, whether or not it has been read to its end
     * @throws IOException if the store cannot be read
     */
    ReadableByteChannel read(long offset, long length) throws IOException;
}
