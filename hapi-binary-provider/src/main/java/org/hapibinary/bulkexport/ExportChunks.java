/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.bulkexport;

import static ca.uhn.fhir.batch2.jobs.export.BulkExportAppCtx.WRITE_TO_BINARIES;

import ca.uhn.fhir.batch2.api.IJobPersistence;
import ca.uhn.fhir.batch2.model.WorkChunk;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.hapibinary.catalog.ChunkAttempt;
import org.hapibinary.catalog.ExportCatalog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the chunks of exports so that a chunk which HAPI starts more than once does no harm. A chunk that writes files may
 * be run again: what its earlier attempts have written is discarded. The chunks before it, which look for what is to be
 * written, may not: HAPI would keep what both runs have found, and the export would have everything twice. If such a
 * chunk was interrupted, the export fails.
 */
public final class ExportChunks {

    private static final Logger log = LoggerFactory.getLogger(ExportChunks.class);

    private final ExportCatalog catalog;
    private final IJobPersistence jobs;
    private final Duration stalledAfter;
    private final Clock clock;
    private final Map<String, String> exportByRunningChunk = new ConcurrentHashMap<>();

    /**
     * @param catalog hands out the attempts
     * @param jobs HAPI's
     * @param stalledAfter after how much quiet a server at work on an export is taken for dead
     * @param clock what that is measured by
     */
    public ExportChunks(ExportCatalog catalog, IJobPersistence jobs, Duration stalledAfter, Clock clock) {
        this.catalog = catalog;
        this.jobs = jobs;
        this.stalledAfter = stalledAfter;
        this.clock = clock;
    }

    void run(String exportId, WorkChunk chunk, Consumer<ChunkAttempt> work) {
        if (exportByRunningChunk.putIfAbsent(chunk.getId(), exportId) != null) {
            log.info("Chunk {} is in work on this server; it is not started again", chunk.getId());
            return;
        }
        try {
            if (WRITE_TO_BINARIES.equals(chunk.getTargetStepId())) {
                work.accept(catalog.beginChunk(exportId, chunk.getId()));
            } else {
                runOnce(exportId, chunk, work);
            }
        } finally {
            exportByRunningChunk.remove(chunk.getId());
        }
    }

    private void runOnce(String exportId, WorkChunk chunk, Consumer<ChunkAttempt> work) {
        boolean quiet = isQuiet(exportId);
        ChunkAttempt attempt = catalog.beginChunk(exportId, chunk.getId());
        if (attempt.number() == 1) {
            work.accept(attempt);
        } else if (quiet) {
            jobs.onWorkChunkFailed(
                    chunk.getId(), "Interrupted in the step " + chunk.getTargetStepId() + ", which cannot be resumed");
        } else {
            log.info("Chunk {} may be in work on another server; it is not started again", chunk.getId());
        }
    }

    private boolean isQuiet(String exportId) {
        return catalog.findQuietSince(clock.instant().minus(stalledAfter)).stream()
                .anyMatch(export -> export.id().equals(exportId));
    }

    /** Tells the other servers that this one is alive and which exports it is at work on. */
    public void showActivity() {
        catalog.touch(Set.copyOf(exportByRunningChunk.values()));
    }
}
