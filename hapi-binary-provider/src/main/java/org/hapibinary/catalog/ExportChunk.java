/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A unit of HAPI's work on an export: how often it was started, whether it is finished, which server runs it, and the
 * last heartbeat. The attempt's number is a fencing token: only the latest attempt may publish files.
 */
@Entity
@Table(name = "HBP_EXPORT_CHUNK")
public class ExportChunk {

    static final int UNUSED = -1;

    @Id
    @Column(name = "CHUNK_ID", length = 100)
    private String id;

    @Column(name = "EXPORT_ID", nullable = false, updatable = false, length = 36)
    private String exportId;

    @Column(name = "ATTEMPT", nullable = false)
    private int attempt;

    @Column(name = "FINISHED", nullable = false)
    private boolean finished;

    @Column(name = "ACTIVE_AT")
    private @Nullable Instant activeAt;

    @Column(name = "SERVER", length = 60)
    private @Nullable String server;

    /** How many chunks it has handed on; null if that was not recorded, {@link #UNUSED} if its output was not used. */
    @Column(name = "HANDED_ON")
    private @Nullable Integer handedOn;

    /** For JPA. */
    @SuppressWarnings("NullAway.Init")
    protected ExportChunk() {}

    ExportChunk(String id, String exportId) {
        this.id = id;
        this.exportId = exportId;
    }

    ChunkAttempt start(Instant now, String startedBy) {
        attempt++;
        server = startedBy;
        activeAt = now;
        return new ChunkAttempt(exportId, id, attempt);
    }

    void finish(int chunksHandedOn) {
        end(true);
        handedOn = chunksHandedOn;
    }

    void end(boolean done) {
        finished = done;
        activeAt = null;
    }

    boolean isCurrent(ChunkAttempt other) {
        return attempt == other.number();
    }

    int attempt() {
        return attempt;
    }

    boolean isFinished() {
        return finished;
    }

    boolean hasBeenStarted() {
        return attempt > 0;
    }

    boolean isInWorkSince(Instant moment) {
        return activeAt != null && !activeAt.isBefore(moment);
    }

    /** The decision of {@link ExportWork#beginChunk} about a chunk that HAPI wants to start. */
    public sealed interface Start {

        /**
         * The chunk may run.
         *
         * @param attempt the fencing token with which it publishes its files
         * @param export as it is now
         */
        record Run(ChunkAttempt attempt, Export export) implements Start {}

        /** Another attempt holds the lease of the chunk: its heartbeat is recent. */
        record InWork() implements Start {}

        /** An earlier attempt has finished the chunk, or its export has ended. */
        record Finished() implements Start {}

        /** An earlier attempt has failed or was interrupted, and the chunk is not repeatable. */
        record Interrupted() implements Start {}
    }
}
