/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.search;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.hapibinary.catalog.ChunkAttempt;
import org.jspecify.annotations.Nullable;

/**
 * The attempt that has created a chunk. HAPI keeps the chunks of an interrupted attempt beside those of the next one;
 * only the chunks of the attempt that finished are used.
 */
public final class Producer {

    @JsonProperty("exportId")
    private @Nullable String exportId;

    @JsonProperty("chunkId")
    private @Nullable String chunkId;

    @JsonProperty("attempt")
    private int attempt;

    /** For Jackson. */
    public Producer() {}

    public Producer(ChunkAttempt attempt) {
        this.exportId = attempt.exportId();
        this.chunkId = attempt.chunkId();
        this.attempt = attempt.number();
    }

    /** The attempt. */
    public ChunkAttempt attempt() {
        return new ChunkAttempt(required(exportId), required(chunkId), attempt);
    }

    static <T> T required(@Nullable T property) {
        if (property == null) {
            throw new IllegalStateException("A chunk of an export lacks a property");
        }
        return property;
    }
}
