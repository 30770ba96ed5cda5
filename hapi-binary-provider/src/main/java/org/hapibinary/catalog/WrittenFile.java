/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import org.jspecify.annotations.Nullable;

/**
 * What is known of a file when all its bytes are stored.
 *
 * @param binaryId of the file that was announced
 * @param identity the content itself
 * @param gzip the same in gzip; null if it was not worthwhile
 * @param lineCount number of lines
 */
public record WrittenFile(
        String binaryId, StoredRepresentation identity, @Nullable StoredRepresentation gzip, long lineCount) {

    long storedBytes() {
        return identity.size() + (gzip == null ? 0 : gzip.size());
    }
}
