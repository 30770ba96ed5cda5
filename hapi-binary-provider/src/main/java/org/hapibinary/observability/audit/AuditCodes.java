/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability.audit;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/** The codes that audit events are made of: those of DICOM, ISO 21089 and FHIR that IHE's BALP uses. */
final class AuditCodes {

    /** Of {@link AuditAction}: tells apart what the standard codes put together. */
    static final String ACTION = "urn:hapi-binary:audit-action";

    /** The system of the ids of exports. */
    static final String EXPORT_ID = "urn:hapi-binary:export";

    /** The system of references that are not made as such. */
    static final String REFERENCE = "urn:hapi-binary:reference";

    /** The system of the ids in status URLs. */
    static final String JOB_ID = "urn:hapi-binary:job";

    /** The system of the values of {@code X-Request-ID}. */
    static final String REQUEST = "urn:hapi-binary:request";

    static final Code EXPORT = dicom("110106", "Export");
    static final Code REST =
            new Code("http://terminology.hl7.org/CodeSystem/audit-event-type", "rest", "RESTful Operation");
    static final Code DISCLOSE = lifecycle("disclose", "Disclose Record Lifecycle Event");
    static final Code DESTROY = lifecycle("destroy", "Destroy/Delete Record Lifecycle Event");
    static final Code DEPRECATE = lifecycle("deprecate", "Deprecate Record Lifecycle Event");
    static final Code OPERATION = interaction("operation");
    static final Code DELETE = interaction("delete");

    static final Code SOURCE_ROLE = dicom("110153", "Source Role ID");
    static final Code DESTINATION_ROLE = dicom("110152", "Destination Role ID");
    static final Code APPLICATION = dicom("110150", "Application");
    static final Code CUSTODIAN =
            new Code("http://terminology.hl7.org/CodeSystem/provenance-participant-type", "custodian", "Custodian");
    static final Code INFORMATION_RECIPIENT =
            new Code("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP", "information recipient");
    static final Code AUTHOR =
            new Code("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "AUT", "author (originator)");

    static final Code APPLICATION_SERVER =
            new Code("http://terminology.hl7.org/CodeSystem/security-source-type", "4", "Application Server");

    static final Code PERSON = new Code("http://terminology.hl7.org/CodeSystem/audit-entity-type", "1", "Person");
    static final Code SYSTEM_OBJECT =
            new Code("http://terminology.hl7.org/CodeSystem/audit-entity-type", "2", "System Object");
    static final Code GROUP = new Code("http://hl7.org/fhir/resource-types", "Group", "Group");
    static final Code REQUEST_ID =
            new Code("https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType", "XrequestId", null);

    static final Code PATIENT_ROLE = role("1", "Patient");
    static final Code DOMAIN_RESOURCE_ROLE = role("4", "Domain Resource");
    static final Code JOB_ROLE = role("20", "Job");
    static final Code QUERY_ROLE = role("24", "Query");

    private AuditCodes() {}

    /**
     * @param display null if the code system has none for it
     */
    record Code(String system, String code, @Nullable String display) {

        ObjectNode coding() {
            ObjectNode coding =
                    JsonNodeFactory.instance.objectNode().put("system", system).put("code", code);
            return display == null ? coding : coding.put("display", display);
        }

        ObjectNode concept() {
            ObjectNode concept = JsonNodeFactory.instance.objectNode();
            concept.putArray("coding").add(coding());
            return concept;
        }
    }

    private static Code dicom(String code, String display) {
        return new Code("http://dicom.nema.org/resources/ontology/DCM", code, display);
    }

    private static Code lifecycle(String code, String display) {
        return new Code("http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle", code, display);
    }

    private static Code interaction(String code) {
        return new Code("http://hl7.org/fhir/restful-interaction", code, code);
    }

    private static Code role(String code, String display) {
        return new Code("http://terminology.hl7.org/CodeSystem/object-role", code, display);
    }
}
