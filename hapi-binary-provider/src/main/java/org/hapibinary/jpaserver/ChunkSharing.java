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
 * Distributes chunks among the servers. HAPI's channel is in memory: the server that queues the chunks of a step keeps
 * them all, and they are lost if it dies. A server whose own channel is nearly empty takes waiting chunks, from the end
 * of the list, and stalled ones. If two servers take the same chunk, only one attempt runs. If the host has a message
 * broker, which distributes chunks by itself, a server takes only failed and stalled ones.
 */
final class ChunkSharing {

    private static final Logger log = LoggerFactory.getLogger(ChunkSharing.class);

    /** The number of threads of HAPI's channel. */
    private static final int THREADS = 4;

    /** More than the threads, so that small chunks do not run out before the next look. */
    private static final int FEW = 2 * THREADS;

    private static final int MANY = 3 * THREADS;

    private static final Set<WorkChunkStatusEnum> WAITING = EnumSet.of(WorkChunkStatusEnum.QUEUED);
    private static final Set<WorkChunkStatusEnum> BEGUN =
            EnumSet.of(WorkChunkStatusEnum.IN_PROGRESS, WorkChunkStatusEnum.ERRORED);
    private static final int PAGE = 100;
    private static final Duration TAKEN_ONCE_IN = Duration.ofSeconds(30);

    /** HAPI records a chunk as QUEUED just before it sends the chunk. By then it has sent it. */
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
     * @param hooks know which chunks this server runs
     * @param jobs HAPI's jobs and chunks
     * @param channel HAPI's channel of chunks
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
     * Takes chunks if this server has too few.
     *
     * @return whether it has idle threads, so that it should look again soon
     */
    public boolean takeShare() {
        int before = channel.content().map(ChannelContent::size).orElseGet(chunks::inWork);
        int most = before < FEW ? MANY - before : 0;
        for (Export export : most > 0 ? catalog.running() : List.<Export>of()) {
            most -= most > 0 ? takeSafely(export, most) : 0;
        }
        return before < THREADS;
    }

    /** Logs a failure, so that it does not affect the other exports. */
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

    /** Chunks that failed, that are stalled, or that the catalog has as finished and HAPI does not. */
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

    /** Chunks that have been waiting for a while in another server's channel. */
    private List<WorkChunkMetadata> lastWaiting(JobInstance job) {
        Page<WorkChunkMetadata> first =
                jobs.fetchAllWorkChunkMetadataForJobInStates(PageRequest.of(0, PAGE), job.getInstanceId(), WAITING);
        Page<WorkChunkMetadata> last = first.getTotalPages() <= 1
                ? first
                : jobs.fetchAllWorkChunkMetadataForJobInStates(
                        PageRequest.of(first.getTotalPages() - 1, PAGE), job.getInstanceId(), WAITING);
        long now = System.nanoTime();
        List<WorkChunkMetadata> inAnyOrder = new ArrayList<>(); // so that a third server takes others
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
