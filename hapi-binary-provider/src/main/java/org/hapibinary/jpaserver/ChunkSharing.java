/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import ca.uhn.fhir.batch2.api.IJobPersistence;
import ca.uhn.fhir.batch2.model.JobInstance;
import ca.uhn.fhir.batch2.model.WorkChunkMetadata;
import ca.uhn.fhir.batch2.model.WorkChunkStatusEnum;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.export.ExportServices;
import org.hapibinary.jpaserver.chunk.ExportChunks;
import org.hapibinary.jpaserver.chunk.ExportJobs;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.data.domain.Page;
import org.springframework.data.domain.PageRequest;

/**
 * Lets every server take its share. HAPI's channel is in memory: the server that queues the chunks of a step keeps them
 * all to itself, and they are lost when it dies. A server whose own channel is about to run dry takes chunks that wait,
 * from the end of the list, and those whose server has stopped showing heartbeats. Two servers that take the same one
 * do no harm: only one attempt runs. Where the host has a broker of its own, which hands chunks to all servers, only
 * stalled ones are taken.
 */
final class ChunkSharing {

    private static final Logger log = LoggerFactory.getLogger(ChunkSharing.class);

    /** As many threads as HAPI's channel has. */
    private static final int THREADS = 4;

    /** Some wait, as small chunks are done before the next look. */
    private static final int FEW = 2 * THREADS;

    private static final int MANY = 3 * THREADS;

    private static final Set<WorkChunkStatusEnum> WAITING = EnumSet.of(WorkChunkStatusEnum.QUEUED);
    private static final Set<WorkChunkStatusEnum> BEGUN =
            EnumSet.of(WorkChunkStatusEnum.IN_PROGRESS, WorkChunkStatusEnum.ERRORED);
    private static final int PAGE = 100;
    private static final Duration TAKEN_ONCE_IN = Duration.ofSeconds(30);

    /** HAPI says that a chunk is queued just before it queues it. */
    private static final Duration QUEUED_BY = Duration.ofMillis(100);

    private final ExportCatalog catalog;
    private final ExportWork work;
    private final ExportChunks chunks;
    private final IJobPersistence jobs;
    private final WorkChannel channel;
    private final Duration stalledAfter;
    private final Cache<String, Long> waitingSince =
            Caffeine.newBuilder().expireAfterAccess(TAKEN_ONCE_IN).build();
    private final Cache<String, Boolean> taken =
            Caffeine.newBuilder().expireAfterWrite(TAKEN_ONCE_IN).build();

    /**
     * @param hooks know what this server is at work on
     * @param jobs HAPI's
     * @param channel HAPI's
     */
    public ChunkSharing(ExportServices services, ExportHooks hooks, IJobPersistence jobs, WorkChannel channel) {
        this.catalog = services.catalog();
        this.work = services.work();
        this.stalledAfter = services.stalledAfter();
        this.chunks = hooks.chunks();
        this.jobs = jobs;
        this.channel = channel;
    }

    /**
     * Takes chunks if this server has too few before it.
     *
     * @return whether it has idle threads, so that it is worth while to look again soon
     */
    public boolean takeShare() {
        int before = channel.content().map(ChannelContent::size).orElseGet(chunks::inWork);
        int most = before < FEW ? MANY - before : 0;
        for (Export export : most > 0 ? catalog.running() : List.<Export>of()) {
            most -= most > 0 ? takeSafely(export, most) : 0;
        }
        return before < THREADS;
    }

    /** What goes wrong with one export does not keep this server from the others. */
    private int takeSafely(Export export, int most) {
        try {
            JobInstance job = export.jobId().flatMap(jobs::fetchInstance).orElse(null);
            if (job == null || job.isFinished() || !ExportJobs.isOwn(job.getJobDefinitionVersion())) {
                return 0;
            }
            return take(export, job, most);
        } catch (RuntimeException e) {
            log.warn("No chunks of export {} are taken over for now", export.id(), e);
            return 0;
        }
    }

    private int take(Export export, JobInstance job, int most) {
        List<WorkChunkMetadata> candidates = new ArrayList<>(left(export, job));
        if (channel.content().isPresent()) {
            candidates.addAll(lastWaiting(job));
        }
        int number = 0;
        for (WorkChunkMetadata chunk : candidates) {
            if (number < most && !isHere(chunk) && taken.asMap().putIfAbsent(chunk.getId(), true) == null) {
                number++;
                log.debug("Chunk {} of export {} is taken by this server", chunk.getId(), export.id());
                channel.send(ExportJobs.notification(job, chunk.getTargetStepId(), chunk.getId()));
            }
        }
        return number;
    }

    private boolean isHere(WorkChunkMetadata chunk) {
        return channel.content().map(content -> content.contains(chunk.getId())).orElse(false);
    }

    /** What failed, what a server has left that shows no heartbeat, and what is done without HAPI's knowing. */
    private List<WorkChunkMetadata> left(Export export, JobInstance job) {
        List<WorkChunkMetadata> begun = jobs.fetchAllWorkChunkMetadataForJobInStates(
                        PageRequest.of(0, PAGE), job.getInstanceId(), BEGUN)
                .getContent();
        if (begun.isEmpty()) {
            return List.of();
        }
        List<String> ids = begun.stream().map(WorkChunkMetadata::getId).toList();
        Set<String> left = new HashSet<>(work.stalledChunks(export.id(), stalledAfter));
        left.addAll(work.finishedAmong(ids));
        return begun.stream()
                .filter(chunk -> chunk.getStatus() == WorkChunkStatusEnum.ERRORED || left.contains(chunk.getId()))
                .toList();
    }

    /** Those that have waited for a while, so that they are in some other server's channel. */
    private List<WorkChunkMetadata> lastWaiting(JobInstance job) {
        Page<WorkChunkMetadata> first =
                jobs.fetchAllWorkChunkMetadataForJobInStates(PageRequest.of(0, PAGE), job.getInstanceId(), WAITING);
        Page<WorkChunkMetadata> last = first.getTotalPages() <= 1
                ? first
                : jobs.fetchAllWorkChunkMetadataForJobInStates(
                        PageRequest.of(first.getTotalPages() - 1, PAGE), job.getInstanceId(), WAITING);
        long now = System.nanoTime();
        List<WorkChunkMetadata> inAnyOrder = new ArrayList<>(); // a third server takes others
        for (WorkChunkMetadata chunk : last) {
            long firstSeen = waitingSince.get(chunk.getId(), any -> now);
            if (now - firstSeen >= QUEUED_BY.toNanos() && !hasBeenHere(chunk)) {
                inAnyOrder.add(chunk);
            }
        }
        Collections.shuffle(inAnyOrder);
        return inAnyOrder;
    }

    private boolean hasBeenHere(WorkChunkMetadata chunk) {
        return channel.content().map(content -> content.hasHad(chunk.getId())).orElse(false);
    }
}
