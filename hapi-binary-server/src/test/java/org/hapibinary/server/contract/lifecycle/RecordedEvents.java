/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.hapibinary.server.client.Await;
import org.hapibinary.server.client.ExportClient;
import org.slf4j.LoggerFactory;

/** The lines of the audit log of this JVM, from the moment that this is made. */
public final class RecordedEvents implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Logger logger = (Logger) LoggerFactory.getLogger("org.hapibinary.audit");
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    public RecordedEvents() {
        lines.start();
        logger.addAppender(lines);
    }

    /** All events so far; each line is one. */
    public List<JsonNode> all() {
        List<JsonNode> events = new ArrayList<>();
        for (ILoggingEvent line : List.copyOf(lines.list)) {
            assertThat(line.getFormattedMessage()).doesNotContain("\n", "\r");
            events.add(ExportClient.json(line.getFormattedMessage()));
        }
        return events;
    }

    /** Waits for the next events, which have to be of these actions and outcomes in any order, and no others. */
    public List<JsonNode> next(String... actionsAndOutcomes) throws Exception {
        Await.until(
                String.join(", ", actionsAndOutcomes),
                PATIENCE,
                () -> List.copyOf(lines.list).size() >= actionsAndOutcomes.length);
        List<JsonNode> events = all();
        assertThat(events)
                .extracting(event -> action(event) + " " + event.path("outcome").asText())
                .containsExactlyInAnyOrder(actionsAndOutcomes);
        lines.list.clear();
        return events;
    }

    /** Waits for an event of an action. */
    public JsonNode first(String action) throws Exception {
        Await.until(action, PATIENCE, () -> all().stream()
                .anyMatch(event -> action(event).equals(action)));
        return all().stream()
                .filter(event -> action(event).equals(action))
                .findFirst()
                .orElseThrow();
    }

    public static String action(JsonNode event) {
        return event.at("/meta/tag/0/code").asText();
    }

    @Override
    public void close() {
        logger.detachAppender(lines);
    }
}
