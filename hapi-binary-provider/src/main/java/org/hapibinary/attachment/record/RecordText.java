/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment.record;

import java.io.IOException;
import org.hapibinary.storage.MissingContentException;

/** The stored JSON of one version of a Binary, of which parts can be read. */
interface RecordText {

    /**
     * Reads a part, in a short transaction of its own.
     *
     * @param from the position of its first character, from 0
     * @param length in characters
     * @return shorter only at the end
     * @throws MissingContentException if the version is not there any more
     * @throws IOException if the database cannot be read
     */
    String part(long from, int length) throws IOException;
}
