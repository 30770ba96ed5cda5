/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A unit of HAPI's work on an export: how often it was started, whether it is done, which server runs it, and that
 * server's last heartbeat. The attempt is a fencing token: only the latest one may publish files.
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

    /** How many chunks it has handed on; null if it does not say, {@link #UNUSED} if nothing of it was to be used. */
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

    /** What {@link ExportWork#beginChunk} decides about a chunk that HAPI wants to start. */
    public sealed interface Start {

        /**
         * It is to be run.
         *
         * @param attempt the token to publish files with
         * @param export as it is now
         */
        record Run(ChunkAttempt attempt, Export export) implements Start {}

        /** A server is running it, so that no other may start it. */
        record InWork() implements Start {}

        /** An earlier attempt has done it, or its export has ended. */
        record Finished() implements Start {}

        /** An earlier attempt at it failed or was interrupted, and it may not be run again. */
        record Interrupted() implements Start {}
    }
}
