/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment.record;

import java.io.IOException;
import org.hapibinary.storage.MissingContentException;

/** The stored JSON of one version of a Binary, which can be read in parts. */
interface RecordText {

    /**
     * Reads a part, in a short transaction of its own.
     *
     * @param from the position of its first character, from 0
     * @param length in characters
     * @return the part, which is shorter only at the end of the text
     * @throws MissingContentException if the version no longer exists
     * @throws IOException if the database cannot be read
     */
    String part(long from, int length) throws IOException;
}
