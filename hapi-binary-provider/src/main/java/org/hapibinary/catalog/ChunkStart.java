/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

/** What {@link ExportWork#beginChunk} decides about a chunk that HAPI wants to start. */
public sealed interface ChunkStart {

    /**
     * It is to be run.
     *
     * @param attempt the token to publish files with
     * @param export as it is now
     */
    record Run(ChunkAttempt attempt, Export export) implements ChunkStart {}

    /** A server is running it, so that no other may start it. */
    record InWork() implements ChunkStart {}

    /** An earlier attempt has done it, or its export has ended. */
    record Finished() implements ChunkStart {}

    /** An earlier attempt at it failed or was interrupted, and it may not be run again. */
    record Interrupted() implements ChunkStart {}
}
