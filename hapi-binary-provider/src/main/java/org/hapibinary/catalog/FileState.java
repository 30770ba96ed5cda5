/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

/** Where an export file is between the first byte stored and the last byte erased. */
public enum FileState {
    /** Announced: its content may be in the store, its Binary is not committed yet. */
    WRITING,
    /** Its Binary is committed and its content is whole. */
    AVAILABLE,
    /** Not part of the export any more, or never became part of it; its content is to be erased. */
    DISCARDED,
    /**
     * Its content is gone from the store; it is erased once more if it is due, since a late writing may have come
     * after.
     */
    ERASED
}
