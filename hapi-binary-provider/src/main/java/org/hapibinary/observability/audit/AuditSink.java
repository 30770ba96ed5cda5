/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability.audit;

/** Takes audit events. It must be thread-safe. */
public interface AuditSink {

    /** Writes each event as one line of JSON to the logger {@code org.hapibinary.audit}, at the level INFO. */
    static AuditSink toLog() {
        return new LogSink();
    }

    /** The name in the property {@code hapi.binary.audit.sink}, without commas, of at most 20 characters. */
    String name();

    /**
     * Takes an event. It may come twice, with the same id: the sink has taken it, and the server died before it could
     * record that.
     *
     * @param id of the event, a UUID
     * @param event the AuditEvent in FHIR's JSON, on one line
     * @throws RuntimeException if it cannot take the event now. The event is kept, and comes again
     */
    void write(String id, String event);
}
