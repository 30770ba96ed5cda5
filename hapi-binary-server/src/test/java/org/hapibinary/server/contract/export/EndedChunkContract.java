/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.export;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.batch2.api.IJobPersistence;
import ca.uhn.fhir.batch2.channel.BatchJobSender;
import ca.uhn.fhir.batch2.model.JobInstance;
import ca.uhn.fhir.batch2.model.JobWorkNotification;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.hapibinary.server.client.Await;
import org.hapibinary.server.host.WithExportedGroup;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** A chunk that is in the channels of two servers ends on one before the other comes to it. */
public interface EndedChunkContract extends WithExportedGroup {

    Pattern SAID = Pattern.compile("Unable to find chunk|has ended elsewhere");

    @Test
    default void aChunkThatIsHandedOutAgainAfterItsEndIsNoErrorInTheLog() throws Exception {
        IJobPersistence jobs = group().server().bean(IJobPersistence.class);
        JobInstance job = jobs.fetchInstance(group().jobId()).orElseThrow();
        String chunkId = group().query(
                        "select min(CHUNK_ID) from HBP_EXPORT_CHUNK where EXPORT_ID = '" + group().exportId() + "'");
        ListAppender<ILoggingEvent> events = new ListAppender<>();
        List<Logger> loggers =
                List.of(logger("ca.uhn.fhir.log.batch_troubleshooting"), logger("org.hapibinary.jpaserver"));
        for (Logger logger : loggers) {
            logger.addAppender(events);
            logger.setLevel(Level.DEBUG);
        }
        events.start();
        try {
            group().server()
                    .bean(BatchJobSender.class)
                    .sendWorkChannelMessage(new JobWorkNotification(
                            job.getJobDefinitionId(),
                            job.getJobDefinitionVersion(),
                            job.getInstanceId(),
                            "write",
                            chunkId));
            Await.until("the chunk", Duration.ofMinutes(1), () -> List.copyOf(events.list).stream()
                    .anyMatch(event -> SAID.matcher(event.getFormattedMessage()).find()));
        } finally {
            for (Logger logger : loggers) {
                logger.detachAppender(events);
                logger.setLevel(null);
            }
        }

        assertThat(events.list)
                .filteredOn(event -> event.getFormattedMessage().contains(chunkId))
                .noneMatch(event -> event.getLevel().isGreaterOrEqual(Level.WARN));
    }

    private static Logger logger(String name) {
        return (Logger) LoggerFactory.getLogger(name);
    }
}
