/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;

/**
 * What an AuditEvent has to be: valid against FHIR, and as IHE's Basic Audit Log Patterns 1.1 say. The rules are those
 * of the profiles Delete, PatientDelete and PrivacyDisclosure.Source.
 */
final class AuditEventRules {

    private static final String DICOM = "http://dicom.nema.org/resources/ontology/DCM";
    private static final String BALP = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.";

    private final FhirContext fhirContext;
    private final FhirInstanceValidator validator;

    AuditEventRules(FhirContext fhirContext) {
        this.fhirContext = fhirContext;
        this.validator = new FhirInstanceValidator(new ValidationSupportChain(
                new DefaultProfileValidationSupport(fhirContext),
                new CommonCodeSystemsTerminologyService(fhirContext),
                new InMemoryTerminologyServerValidationSupport(fhirContext)));
        validator.setErrorForUnknownProfiles(false);
        validator.setAssumeValidRestReferences(true);
    }

    void assertKept(JsonNode event) {
        assertThat(fhirContext
                        .newValidator()
                        .registerValidatorModule(validator)
                        .validateWithResult(event.toString())
                        .getMessages())
                .as(event.toPrettyString())
                .filteredOn(message -> Set.of(ResultSeverityEnum.ERROR, ResultSeverityEnum.FATAL)
                        .contains(message.getSeverity()))
                .extracting(SingleValidationMessage::toString)
                .isEmpty();
        for (JsonNode profile : event.at("/meta/profile")) {
            String name = profile.asText().replace(BALP, "");
            switch (name) {
                case "PrivacyDisclosure.Source" -> assertDisclosure(event);
                case "Delete" -> assertDeletion(event);
                case "PatientDelete" -> {
                    assertDeletion(event);
                    assertOnePatient(event);
                }
                default -> throw new AssertionError("No rules of " + name);
            }
        }
    }

    private static void assertDisclosure(JsonNode event) {
        assertThat(event.path("modifierExtension").isMissingNode()).isTrue();
        assertCode(event.path("type"), DICOM, "110106");
        assertThat(event.path("action").asText()).isEqualTo("R");
        assertThat(event.path("subtype"))
                .anySatisfy(code ->
                        assertCode(code, "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle", "disclose"));
        JsonNode source = one(event.path("agent"), DICOM, "110153");
        assertThat(source.path("who")).isEqualTo(event.at("/source/observer"));
        assertNetwork(source);
        JsonNode recipient = one(event.path("agent"), DICOM, "110152");
        assertThat(recipient.path("who").isMissingNode()).isFalse();
        assertNetwork(recipient);
        assertThat(event.path("entity").size()).isGreaterThanOrEqualTo(2);
        assertOnePatient(event);
    }

    private static void assertDeletion(JsonNode event) {
        assertCode(event.path("type"), "http://terminology.hl7.org/CodeSystem/audit-event-type", "rest");
        assertThat(event.path("subtype")).hasSize(1);
        assertCode(event.at("/subtype/0"), "http://hl7.org/fhir/restful-interaction", "delete");
        assertThat(event.path("action").asText()).isEqualTo("D");
        assertThat(event.path("outcome").asText()).isEqualTo("0");
        JsonNode client = one(event.path("agent"), DICOM, "110150");
        assertThat(client.path("who").isMissingNode()).isFalse();
        assertNetwork(client);
        JsonNode server = one(
                event.path("agent"), "http://terminology.hl7.org/CodeSystem/provenance-participant-type", "custodian");
        assertThat(server.path("who").isMissingNode()).isFalse();
        assertNetwork(server);
        JsonNode data = one(event.path("entity"), "http://terminology.hl7.org/CodeSystem/audit-entity-type", "2");
        assertThat(data.at("/role/code").asText()).isIn("3", "4", "20");
        assertThat(data.path("what").isMissingNode()).isFalse();
        for (String forbidden : List.of("lifecycle", "name", "query", "detail")) {
            assertThat(data.path(forbidden).isMissingNode()).as(forbidden).isTrue();
        }
        JsonNode transaction = one(
                event.path("entity"),
                "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType",
                "XrequestId");
        assertThat(transaction.at("/what/identifier/value").asText()).isNotEmpty();
    }

    private static void assertOnePatient(JsonNode event) {
        JsonNode patient = one(event.path("entity"), "http://terminology.hl7.org/CodeSystem/audit-entity-type", "1");
        assertCode(patient.path("role"), "http://terminology.hl7.org/CodeSystem/object-role", "1");
        assertThat(patient.at("/what/reference").asText()).startsWith("Patient/");
    }

    private static void assertNetwork(JsonNode agent) {
        assertThat(agent.at("/network/address").asText()).isNotEmpty();
        assertThat(agent.at("/network/type").asText()).isIn("1", "2", "5");
    }

    private static void assertCode(JsonNode coding, String system, String code) {
        assertThat(coding.path("system").asText()).isEqualTo(system);
        assertThat(coding.path("code").asText()).isEqualTo(code);
    }

    /** The one agent or entity of a type. */
    static JsonNode one(JsonNode nodes, String system, String code) {
        List<JsonNode> found = StreamSupport.stream(nodes.spliterator(), false)
                .filter(node -> {
                    JsonNode type = node.path("type");
                    JsonNode coding = type.has("coding") ? type.at("/coding/0") : type;
                    return coding.path("system").asText().equals(system)
                            && coding.path("code").asText().equals(code);
                })
                .toList();
        assertThat(found).as(code + " in " + nodes).hasSize(1);
        return found.get(0);
    }
}
