/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import ca.uhn.fhir.batch2.channel.BatchJobSender;
import ca.uhn.fhir.batch2.model.JobWorkNotification;
import ca.uhn.fhir.broker.api.IChannelProducer;
import ca.uhn.fhir.broker.jms.SpringMessagingProducerAdapter;
import ca.uhn.fhir.jpa.subscription.channel.impl.LinkedBlockingChannel;
import jakarta.persistence.EntityManager;
import java.util.Optional;

/** The channel by which HAPI sends chunks to its threads: in this server's memory, or the host's message broker. */
public final class WorkChannel {

    private final BatchJobSender sender;
    private final Optional<ChannelContent> content;

    /**
     * @param sender sends chunks into the channel
     * @param producer the channel behind {@code sender}
     * @param entityManager a shared one of HAPI's persistence unit
     */
    public WorkChannel(
            BatchJobSender sender, IChannelProducer<JobWorkNotification> producer, EntityManager entityManager) {
        this.sender = sender;
        this.content = watch(producer, new EndedChunks(entityManager));
    }

    private static Optional<ChannelContent> watch(IChannelProducer<JobWorkNotification> producer, EndedChunks ended) {
        if (producer instanceof SpringMessagingProducerAdapter<?> adapter
                && adapter.getSpringMessagingProducer() instanceof LinkedBlockingChannel channel) {
            ChannelContent content = new ChannelContent();
            channel.addInterceptor(content);
            channel.addInterceptor(ended);
            return Optional.of(content);
        }
        return Optional.empty();
    }

    /** The content of an in-memory channel; empty if the host has a broker. */
    Optional<ChannelContent> content() {
        return content;
    }

    void send(JobWorkNotification work) {
        sender.sendWorkChannelMessage(work);
    }
}
