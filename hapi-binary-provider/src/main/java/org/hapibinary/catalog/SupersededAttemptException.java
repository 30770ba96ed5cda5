/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

/** Thrown to a chunk that has been started again elsewhere, or whose export has ended: it may publish nothing more. */
public class SupersededAttemptException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    SupersededAttemptException(ChunkAttempt attempt) {
        super("Attempt " + attempt.number() + " at chunk " + attempt.chunkId() + " of export " + attempt.exportId()
                + " has been superseded");
    }
}
