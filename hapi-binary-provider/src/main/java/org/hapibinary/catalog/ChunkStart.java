/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import org.jspecify.annotations.Nullable;

/** What {@link ExportWork#beginChunk} decides about a chunk that HAPI wants to start. */
public sealed interface ChunkStart {

    /**
     * It is to be run.
     *
     * @param attempt the token to publish files with
     * @param baseUrl the FHIR base URL the export was started at, without a slash at its end
     * @param recordPartition the part of a partitioned record that is exported, as HAPI writes it in JSON; null for all of it
     */
    record Run(ChunkAttempt attempt, String baseUrl, @Nullable String recordPartition) implements ChunkStart {}

    /** Some server is at work on it; it is to be left alone. */
    record InWork() implements ChunkStart {}

    /** An earlier attempt has done it. */
    record Finished() implements ChunkStart {}

    /** An earlier attempt at it failed or was interrupted, and it may not be run again. */
    record Interrupted() implements ChunkStart {}
}
