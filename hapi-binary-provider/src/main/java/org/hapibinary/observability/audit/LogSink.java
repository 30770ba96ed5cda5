/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability.audit;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes each event as one line of JSON to the logger {@value #LOGGER}, at the level INFO. */
final class LogSink implements AuditSink {

    /** The name of the logger, by which an operator gives the events a file of their own. */
    private static final String LOGGER = "org.hapibinary.audit";

    private static final Logger log = LoggerFactory.getLogger(LOGGER);

    @Override
    public String name() {
        return "log";
    }

    @Override
    public void write(String id, String event) {
        if (!log.isInfoEnabled()) {
            throw new IllegalStateException("The logger " + LOGGER + " is not at the level INFO, and would drop it");
        }
        log.info("{}", event);
    }
}
