/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

/**
 * Ends the work of an attempt at a chunk that another server has started again, because this one seemed to be stalled.
 */
public final class AttemptSupersededException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    AttemptSupersededException(ChunkAttempt attempt) {
        super("Chunk " + attempt.chunkId() + " of export " + attempt.exportId()
                + " has been started again since attempt " + attempt.number());
    }
}
