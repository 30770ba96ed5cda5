/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.step;

import ca.uhn.fhir.batch2.api.IJobDataSink;
import ca.uhn.fhir.batch2.api.IJobStepWorker;
import ca.uhn.fhir.batch2.api.RunOutcome;
import ca.uhn.fhir.batch2.api.StepExecutionDetails;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import java.util.ArrayList;
import java.util.List;
import org.hapibinary.jpaserver.chunk.RunningChunk;
import org.hapibinary.jpaserver.search.FindWork;
import org.hapibinary.jpaserver.search.Producer;
import org.hapibinary.jpaserver.search.ResourceFinder;
import org.hapibinary.jpaserver.search.WriteWork;

/**
 * Finds the resources of one type and hands them on in chunks. The first chunks are small, so that all servers start to
 * work immediately. The later ones are as large as a file may be, so that there are few.
 */
final class FindStep implements IJobStepWorker<BulkExportJobParameters, FindWork, WriteWork> {

    private static final int FIRST_CHUNK = 10_000;
    private static final int CHUNKS_OF_ONE_SIZE = 4;

    private final ExportStep step;
    private final ResourceFinder finder;
    private final int fileResources;

    FindStep(ExportStep step, ResourceFinder finder, int fileResources) {
        this.step = step;
        this.finder = finder;
        this.fileResources = fileResources;
    }

    @Override
    public RunOutcome run(
            StepExecutionDetails<BulkExportJobParameters, FindWork> details, IJobDataSink<WriteWork> sink) {
        return step.runIfCurrent(details.getData().producer(), details, sink, this::find);
    }

    private int find(
            RunningChunk chunk,
            StepExecutionDetails<BulkExportJobParameters, FindWork> details,
            IJobDataSink<WriteWork> sink) {
        FindWork work = details.getData();
        Chunks chunks = new Chunks(work, chunk, sink);
        ResourceFinder.Limits limits = ResourceFinder.Limits.of(chunk, work.producer(), details.getParameters());
        if (work.isOfDeleted()) {
            finder.findDeleted(work.resourceType(), limits, chunks::add);
        } else {
            finder.find(work.resourceType(), work.scope(), limits, chunks::add);
        }
        chunks.handOut();
        return 0;
    }

    /** Collects keys until they fill a chunk. */
    private final class Chunks {

        private final FindWork work;
        private final RunningChunk chunk;
        private final IJobDataSink<WriteWork> sink;
        private List<Long> keys = new ArrayList<>();
        private int size = Math.min(FIRST_CHUNK, fileResources);
        private int handedOut;

        Chunks(FindWork work, RunningChunk chunk, IJobDataSink<WriteWork> sink) {
            this.work = work;
            this.chunk = chunk;
            this.sink = sink;
        }

        void add(long key) {
            chunk.requireServer();
            keys.add(key);
            if (keys.size() == size) {
                handOut();
            }
        }

        void handOut() {
            if (keys.isEmpty()) {
                return;
            }
            step.handOn(chunk, sink, new WriteWork(work, keys, new Producer(chunk.attempt())));
            keys = new ArrayList<>();
            handedOut++;
            if (handedOut % CHUNKS_OF_ONE_SIZE == 0) {
                size = (int) Math.min(fileResources, 2L * size);
            }
        }
    }
}
