/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import ca.uhn.fhir.batch2.model.JobWorkNotification;
import ca.uhn.fhir.batch2.model.WorkChunkStatusEnum;
import ca.uhn.fhir.util.Batch2JobDefinitionConstants;
import jakarta.persistence.EntityManager;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.MessageHandler;
import org.springframework.messaging.support.ExecutorChannelInterceptor;

/**
 * Drops chunks that have ended, or that HAPI has deleted with their job, before HAPI's threads receive them. A chunk
 * may be in the channels of two servers, and the second receives it after it has ended. HAPI would log an error then.
 */
final class EndedChunks implements ExecutorChannelInterceptor {

    private static final Logger log = LoggerFactory.getLogger(EndedChunks.class);

    /**
     * Does not contain READY: HAPI may send a chunk before it commits the state QUEUED, and waits for that commit when
     * it starts the chunk.
     */
    private static final Set<WorkChunkStatusEnum> ENDED =
            EnumSet.of(WorkChunkStatusEnum.COMPLETED, WorkChunkStatusEnum.FAILED);

    private final EntityManager entityManager;

    /** @param entityManager a shared one of HAPI's persistence unit */
    EndedChunks(EntityManager entityManager) {
        this.entityManager = entityManager;
    }

    @Override
    public @Nullable Message<?> beforeHandle(Message<?> message, MessageChannel channel, MessageHandler handler) {
        if (message.getPayload() instanceof JobWorkNotification work
                && Batch2JobDefinitionConstants.BULK_EXPORT.equals(work.getJobDefinitionId())
                && hasEnded(work.getChunkId())) {
            log.debug("Chunk {} has ended elsewhere; nothing is done for it here", work.getChunkId());
            return null;
        }
        return message;
    }

    private boolean hasEnded(String chunkId) {
        try {
            List<WorkChunkStatusEnum> status = entityManager
                    .createQuery(
                            "select c.myStatus from Batch2WorkChunkEntity c where c.myId = :id",
                            WorkChunkStatusEnum.class)
                    .setParameter("id", chunkId)
                    .getResultList();
            return status.isEmpty() || ENDED.contains(status.get(0));
        } catch (RuntimeException | OutOfMemoryError e) {
            log.debug("It is not known whether chunk {} has ended; HAPI will see", chunkId, e);
            return false;
        }
    }
}
