/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability.audit;

import ca.uhn.fhir.context.FhirVersionEnum;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Writes audit events as FHIR's AuditEvent in JSON: R5's in a server of R5, otherwise R4's, which is that of R4B too.
 * The shape is that of IHE's Basic Audit Log Patterns (BALP); the profile is named where all its rules are kept.
 */
final class AuditEvents {

    /** Escapes all that some reader of lines takes for the end of one. */
    private final JsonMapper json =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private final boolean r5;
    private final AuditAgents agents;
    private final AuditEntities entities;

    /** @param version of the server */
    AuditEvents(FhirVersionEnum version) {
        this.r5 = version == FhirVersionEnum.R5;
        this.agents = new AuditAgents(r5);
        this.entities = new AuditEntities(r5);
    }

    /** The event on one line, in ASCII. */
    String of(AuditEntry entry) {
        AuditShape shape = AuditShape.of(entry);
        ObjectNode event = json.createObjectNode().put("resourceType", "AuditEvent");
        event.put("id", entry.id().toString());
        ObjectNode meta = event.putObject("meta");
        if (shape.profile() != null && !r5) {
            meta.putArray("profile").add(shape.profile());
        }
        meta.putArray("tag")
                .add(new AuditCodes.Code(AuditCodes.ACTION, entry.action().code(), null).coding());
        if (r5) {
            describeInR5(event, entry, shape);
        } else {
            describeInR4(event, entry, shape);
        }
        agents.addTo(event, entry, shape);
        entities.addTo(event, entry);
        try {
            return json.writeValueAsString(event);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A tree of strings is always JSON", e);
        }
    }

    private static void describeInR4(ObjectNode event, AuditEntry entry, AuditShape shape) {
        event.set("type", shape.type().coding());
        shape.subtypes().forEach(code -> event.withArray("/subtype").add(code.coding()));
        event.put("action", shape.action());
        period(event.putObject("period"), entry);
        event.put("recorded", text(entry.ended()));
        event.put("outcome", entry.outcome().code());
        if (entry.description() != null) {
            event.put("outcomeDesc", entry.description());
        }
    }

    private static void describeInR5(ObjectNode event, AuditEntry entry, AuditShape shape) {
        event.putArray("category").add(shape.type().concept());
        event.set(
                "code",
                (shape.subtypes().isEmpty() ? shape.type() : shape.subtypes().get(0)).concept());
        event.put("action", shape.action());
        period(event.putObject("occurredPeriod"), entry);
        event.put("recorded", text(entry.ended()));
        ObjectNode outcome = event.putObject("outcome");
        outcome.set(
                "code",
                new AuditCodes.Code(
                                "http://hl7.org/fhir/issue-severity",
                                entry.outcome().codeInR5(),
                                null)
                        .coding());
        if (entry.description() != null) {
            outcome.putArray("detail").addObject().put("text", entry.description());
        }
    }

    private static void period(ObjectNode period, AuditEntry entry) {
        period.put("start", text(entry.begun())).put("end", text(entry.ended()));
    }

    private static String text(Instant moment) {
        return moment.truncatedTo(ChronoUnit.MILLIS).toString();
    }
}
