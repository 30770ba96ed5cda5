/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import ca.uhn.fhir.batch2.model.JobWorkNotification;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.common.collect.ConcurrentHashMultiset;
import com.google.common.collect.Multiset;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.MessageHandler;
import org.springframework.messaging.support.ExecutorChannelInterceptor;

/** The chunks that wait in an in-memory channel, and those that its threads are running. Thread-safe. */
final class ChannelContent implements ExecutorChannelInterceptor {

    private static final Duration REMEMBERED = Duration.ofSeconds(30);

    private final Multiset<String> chunks = ConcurrentHashMultiset.create();
    private final Cache<String, Boolean> recent =
            Caffeine.newBuilder().expireAfterWrite(REMEMBERED).build();

    int size() {
        return chunks.size();
    }

    boolean contains(String chunkId) {
        return chunks.contains(chunkId);
    }

    /** Whether a chunk is in the channel or entered it in the last 30 seconds. */
    boolean hasHad(String chunkId) {
        return contains(chunkId) || recent.getIfPresent(chunkId) != null;
    }

    @Override
    public Message<?> preSend(Message<?> message, MessageChannel channel) {
        chunks.add(chunkOf(message));
        recent.put(chunkOf(message), true);
        return message;
    }

    @Override
    public void afterSendCompletion(
            Message<?> message, MessageChannel channel, boolean sent, @Nullable Exception failure) {
        if (!sent) {
            chunks.remove(chunkOf(message));
        }
    }

    @Override
    public void afterMessageHandled(
            Message<?> message, MessageChannel channel, MessageHandler handler, @Nullable Exception failure) {
        chunks.remove(chunkOf(message));
    }

    private static String chunkOf(Message<?> message) {
        return message.getPayload() instanceof JobWorkNotification work ? String.valueOf(work.getChunkId()) : "";
    }
}
