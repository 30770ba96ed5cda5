/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability.audit;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.hapibinary.observability.audit.AuditCodes.Code;
import org.jspecify.annotations.Nullable;

/**
 * The entities of an audit event: the patients or their Group, the file, the export, the query, and the request's id.
 * Only the Group and the patients are literal references: the files are no resources of the server.
 */
final class AuditEntities {

    /** The kick-off's event has the query, which names all of them. */
    private static final int MOST_PATIENTS = 100;

    private final boolean r5;

    AuditEntities(boolean r5) {
        this.r5 = r5;
    }

    void addTo(ObjectNode event, AuditEntry entry) {
        ArrayNode entities = event.putArray("entity");
        addSubject(event, entities, entry.subject());
        addFile(entities, entry);
        addExport(entities, entry.subject());
        String url = entry.request().url();
        if (url != null) {
            ObjectNode query = entity(entities, AuditCodes.SYSTEM_OBJECT, AuditCodes.QUERY_ROLE);
            query.put("query", Base64.getEncoder().encodeToString(url.getBytes(StandardCharsets.UTF_8)));
        }
        String requestId = entry.request().id();
        if (requestId != null) {
            ObjectNode request = entity(entities, AuditCodes.REQUEST_ID, null);
            request.set("what", identifier(AuditCodes.REQUEST, requestId));
        }
        if (entities.isEmpty()) {
            event.remove("entity");
        }
    }

    private void addSubject(ObjectNode event, ArrayNode entities, AuditEntry.Subject subject) {
        Function<String, ObjectNode> subjectOf =
                subject.exportId() == null ? AuditEntities::name : AuditEntities::reference;
        String exported = Objects.requireNonNullElse(subject.exported(), "");
        if (exported.startsWith("Group/")) {
            entity(entities, AuditCodes.GROUP, AuditCodes.PATIENT_ROLE).set("what", subjectOf.apply(exported));
        }
        List<String> patients = exported.startsWith("Patient/")
                ? List.of(exported)
                : subject.patients().stream()
                        .sorted()
                        .map(id -> "Patient/" + id)
                        .toList();
        patients.stream().limit(MOST_PATIENTS).forEach(patient -> entity(
                        entities, AuditCodes.PERSON, AuditCodes.PATIENT_ROLE)
                .set("what", subjectOf.apply(patient)));
        if (r5 && patients.size() == 1) { // what searches for a patient's events find, which in R4 find entities
            event.set("patient", subjectOf.apply(patients.get(0)));
        }
    }

    private void addFile(ArrayNode entities, AuditEntry entry) {
        AuditEntry.SentFile file = entry.file();
        if (file == null) {
            return;
        }
        ObjectNode node = entity(entities, AuditCodes.SYSTEM_OBJECT, AuditCodes.DOMAIN_RESOURCE_ROLE);
        node.set("what", identifier("urn:ietf:rfc:3986", entry.request().baseUrl() + "/Binary/" + file.binaryId()));
        if (file.name() != null && !r5) {
            node.put("name", file.name());
        }
        detail(node, "file-name", r5 ? file.name() : null);
        detail(node, "resource-type", file.resourceType());
        detail(node, "file-size", file.size() < 0 ? null : Long.toString(file.size()));
        detail(node, "bytes-sent", file.sent() < 0 ? null : Long.toString(file.sent()));
    }

    /** The job's id is what clients see, the export's own is in the catalog. */
    private void addExport(ArrayNode entities, AuditEntry.Subject subject) {
        String exportId = subject.exportId();
        String jobId = subject.jobId();
        ObjectNode what = null;
        if (exportId != null) {
            what = identifier(AuditCodes.EXPORT_ID, exportId);
            if (jobId != null) {
                what.put("display", "job " + jobId);
            }
        } else if (jobId != null) {
            what = identifier(AuditCodes.JOB_ID, jobId);
        }
        if (what != null) {
            entity(entities, AuditCodes.SYSTEM_OBJECT, AuditCodes.JOB_ROLE).set("what", what);
        }
    }

    private ObjectNode entity(ArrayNode entities, Code type, @Nullable Code role) {
        ObjectNode entity = entities.addObject();
        if (!r5) {
            entity.set("type", type.coding());
        }
        if (role != null) {
            entity.set("role", r5 ? role.concept() : role.coding());
        }
        return entity;
    }

    private void detail(ObjectNode entity, String type, @Nullable String value) {
        if (value == null) {
            return;
        }
        ObjectNode detail = entity.withArray("/detail").addObject();
        if (r5) {
            detail.putObject("type").put("text", type);
        } else {
            detail.put("type", type);
        }
        detail.put("valueString", value);
    }

    /** Of what may never have existed: a server might make it, to have something to refer to. */
    private static ObjectNode name(String literal) {
        return identifier(AuditCodes.REFERENCE, literal).put("display", literal);
    }

    private static ObjectNode reference(String literal) {
        return JsonNodeFactory.instance.objectNode().put("reference", literal);
    }

    private static ObjectNode identifier(String system, String value) {
        ObjectNode reference = JsonNodeFactory.instance.objectNode();
        reference.putObject("identifier").put("system", system).put("value", value);
        return reference;
    }
}
