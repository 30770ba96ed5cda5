/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import ca.uhn.fhir.batch2.model.JobWorkNotification;
import com.google.common.collect.ConcurrentHashMultiset;
import com.google.common.collect.Multiset;
import org.jspecify.annotations.Nullable;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.MessageHandler;
import org.springframework.messaging.support.AbstractSubscribableChannel;
import org.springframework.messaging.support.ExecutorChannelInterceptor;

/** The chunks that wait in a channel in memory, and those that its threads are at work on. Is thread-safe. */
final class ChannelContent implements ExecutorChannelInterceptor {

    private final Multiset<String> chunks = ConcurrentHashMultiset.create();

    /** Begins to watch a channel. */
    static ChannelContent of(AbstractSubscribableChannel channel) {
        ChannelContent content = new ChannelContent();
        channel.addInterceptor(content);
        return content;
    }

    int size() {
        return chunks.size();
    }

    boolean contains(String chunkId) {
        return chunks.contains(chunkId);
    }

    @Override
    public Message<?> preSend(Message<?> message, MessageChannel channel) {
        chunks.add(chunkOf(message));
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
