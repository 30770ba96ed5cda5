/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

/**
 * One run of one chunk of an export.
 *
 * @param exportId the export
 * @param chunkId HAPI's work chunk
 * @param number counts from 1; only the highest number of a chunk may publish
 */
public record ChunkAttempt(String exportId, String chunkId, int number) {

    /**
     * Aborts an attempt: this server seemed to be stalled, so that another one has started the chunk again.
     */
    public static final class SupersededException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        SupersededException(ChunkAttempt attempt) {
            super("Chunk " + attempt.chunkId() + " of export " + attempt.exportId()
                    + " has been started again since attempt " + attempt.number());
        }
    }
}
