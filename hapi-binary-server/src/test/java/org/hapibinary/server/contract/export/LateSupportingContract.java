/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.world.ExactWorld.group;
import static org.hapibinary.server.world.ExactWorld.query;

import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.world.ExactWorld;
import org.junit.jupiter.api.Test;

/**
 * Supporting resources behind references that no search parameter covers, of which HAPI keeps no links (CONTRACT: "what
 * an exported resource refers to, and what these refer to").
 */
public interface LateSupportingContract {

    ExactWorld world();

    ExportClient client(String scope);

    /** A MedicationRequest, whose recorder no version of FHIR has a search parameter for. */
    private static String recorded(String patient, String recorder) {
        return "'status':'active','intent':'order','medicationCodeableConcept':{'text':'m'}," + subject(patient)
                + ",'recorder':" + to(recorder);
    }

    private static String to(String reference) {
        return "{'reference':'" + reference + "'}";
    }

    private static String subject(String patient) {
        return "'subject':" + to("Patient/" + patient);
    }

    private static String issuedBy(String organization) {
        return "'qualification':[{'code':{'text':'q'},'issuer':" + to(organization) + "}]";
    }

    private static String pointingTo(String reference) {
        return "'extension':[{'url':'http://example.org/see','valueReference':" + to(reference) + "}]";
    }

    private void patient(String id) {
        world().put("Patient/" + id, "'active':true");
        world().put("Group/" + id, group("Patient/" + id));
    }

    /** What is exported of a patient, which is the same at each level. */
    private Set<String> exported(String patient, String query) {
        Set<String> ofPatient = world().exported("/Patient/" + patient + "/$export" + query);
        Set<String> ofGroup = new TreeSet<>(world().exported("/Group/" + patient + "/$export" + query));
        ofGroup.remove("Group/" + patient);
        assertThat(ofGroup).isEqualTo(ofPatient);
        return ofPatient;
    }

    @Test
    default void whatIsReferredToByElementsThatNobodyCanSearchByGoesAlong() {
        String base = world().client().base();
        Stream.of("recorder", "recorder-of-drug", "versioned", "absolute", "general")
                .forEach(id -> world().put("Practitioner/late-" + id, "'active':true"));
        Stream.of("behalf", "contact", "team", "issuer", "role", "maker", "manager")
                .forEach(id -> world().put("Organization/late-" + id, "'name':'" + id + "'"));
        Stream.of("origin", "destination").forEach(id -> world().put("Location/late-" + id, "'name':'" + id + "'"));
        world().put("PractitionerRole/late-recorder", "'organization':" + to("Organization/late-role"));
        world().put("Practitioner/late-general", issuedBy("Organization/late-issuer"));
        world().put("Device/late-used", "'type':{'text':'d'}");
        world().put("Substance/late-seen", "'code':{'text':'s'}");
        world().put("Medication/late-seen", "'code':{'text':'m'}");
        world().put(
                        "Patient/unlinked",
                        "'generalPractitioner':[" + to("Practitioner/late-general") + "],'contact':[{'organization':"
                                + to("Organization/late-contact") + "}]");
        world().put(
                        "Group/unlinked",
                        group("Patient/unlinked") + ",'managingEntity':" + to("Organization/late-manager"));
        world().put("Condition/unlinked", subject("unlinked") + ",'recorder':" + to("Practitioner/late-recorder"));
        world().put("MedicationRequest/late-versioned", recorded("unlinked", "Practitioner/late-versioned/_history/1"));
        world().put("MedicationRequest/late-absolute", recorded("unlinked", base + "/Practitioner/late-absolute"));
        world().put(
                        "MedicationRequest/unlinked",
                        "'status':'active','intent':'order',"
                                + "'contained':[{'resourceType':'Medication','id':'m','code':{'text':'m'},"
                                + "'manufacturer':"
                                + to("Organization/late-maker") + "}],'medicationReference':" + to("#m") + ","
                                + subject("unlinked") + ",'recorder':" + to("PractitionerRole/late-recorder"));
        world().put(
                        "Procedure/unlinked",
                        "'status':'completed'," + subject("unlinked") + ",'performer':[{'actor':"
                                + to("Practitioner/late-general") + ",'onBehalfOf':" + to("Organization/late-behalf")
                                + "}],'usedReference':[" + to("Device/late-used") + "]");
        world().put(
                        "Encounter/unlinked",
                        "'status':'finished','class':{'code':'AMB'}," + subject("unlinked")
                                + ",'hospitalization':{'origin':" + to("Location/late-origin") + ",'destination':"
                                + to("Location/late-destination") + "}");
        world().put(
                        "CareTeam/unlinked",
                        subject("unlinked") + ",'managingOrganization':[" + to("Organization/late-team") + "]");
        world().put(
                        "Observation/unlinked",
                        "'status':'final','code':{'text':'c'}," + subject("unlinked") + ","
                                + pointingTo("Substance/late-seen"));
        world().put(
                        "List/unlinked",
                        "'status':'current','mode':'working'," + subject("unlinked")
                                + ",'note':[{'text':'\\'reference\\':\\'Practitioner/late-recorder-of-drug\\'',"
                                + "'extension':"
                                + "[{'url':'http://example.org/see','valueAnnotation':{'text':'x','authorReference':"
                                + to("Medication/late-seen") + "}}]}]");
        String[] along = {
            "Condition/unlinked",
            "MedicationRequest/late-absolute",
            "MedicationRequest/late-versioned",
            "MedicationRequest/unlinked",
            "Procedure/unlinked",
            "Encounter/unlinked",
            "CareTeam/unlinked",
            "Observation/unlinked",
            "List/unlinked",
            "Patient/unlinked",
            "Practitioner/late-recorder",
            "Practitioner/late-versioned",
            "Practitioner/late-absolute",
            "Practitioner/late-general",
            "PractitionerRole/late-recorder",
            "Organization/late-behalf",
            "Organization/late-contact",
            "Organization/late-team",
            "Organization/late-issuer",
            "Organization/late-role",
            "Organization/late-maker",
            "Location/late-origin",
            "Location/late-destination",
            "Device/late-used",
            "Substance/late-seen",
            "Medication/late-seen"
        };

        assertThat(world().exported("/Patient/unlinked/$export")).containsExactlyInAnyOrder(along);
        assertThat(world().exported("/Group/unlinked/$export"))
                .containsExactlyInAnyOrder(
                        Stream.concat(Stream.of(along), Stream.of("Group/unlinked", "Organization/late-manager"))
                                .toArray(String[]::new));
        assertThat(world().exported("/Patient/$export"))
                .contains(along)
                .doesNotContain("Practitioner/late-recorder-of-drug", "Organization/late-manager");
    }

    @Test
    default void whatIsFoundLateIsFollowedUntilNothingNewIsFound() {
        patient("hops");
        world().put("Organization/hop-4", "'name':'4'");
        world().put("Location/hop-5", "'managingOrganization':" + to("Organization/hop-4"));
        world().put("Organization/hop-4", "'name':'4'," + pointingTo("Location/hop-5"));
        world().put("Organization/hop-3", "'partOf':" + to("Organization/hop-4"));
        world().put("Organization/hop-2", "'partOf':" + to("Organization/hop-3"));
        world().put("Practitioner/hop-1", issuedBy("Organization/hop-2"));
        world().put("Condition/hops", subject("hops") + ",'recorder':" + to("Practitioner/hop-1"));

        assertThat(exported("hops", ""))
                .containsExactlyInAnyOrder(
                        "Patient/hops",
                        "Condition/hops",
                        "Practitioner/hop-1",
                        "Organization/hop-2",
                        "Organization/hop-3",
                        "Organization/hop-4",
                        "Location/hop-5");
    }

    @Test
    default void whatBelongsToPatientsIsNotExportedForBeingReferredTo() {
        patient("mine");
        patient("theirs");
        for (String id : new String[] {"mine", "theirs"}) {
            world().put("Device/of-" + id, "'patient':" + to("Patient/" + id));
            world().put("Specimen/of-" + id, subject(id));
        }
        world().put("Device/of-nobody", "'type':{'text':'d'}");
        world().put(
                        "Procedure/mine",
                        "'status':'completed'," + subject("mine") + ",'usedReference':["
                                + Stream.of("Device/of-mine", "Device/of-theirs", "Device/of-nobody")
                                        .map(LateSupportingContract::to)
                                        .collect(Collectors.joining(","))
                                + "]," + pointingTo("Specimen/of-theirs"));

        assertThat(exported("mine", ""))
                .filteredOn(reference -> world().hasPatientsOfDevices() || !reference.equals("Device/of-theirs"))
                .containsExactlyInAnyOrder(
                        "Patient/mine", "Procedure/mine", "Device/of-mine", "Device/of-nobody", "Specimen/of-mine");
    }

    @Test
    default void aReferenceToWhatIsNotThereOrNotAskedForOrNotCoveredAddsNothing() {
        patient("dangling");
        world().put("Practitioner/dangling-there", "'active':true");
        world().put("Practitioner/dangling-gone", "'active':true");
        world().put("Organization/dangling", "'name':'o'");
        world().put("MedicationRequest/dangling-1", recorded("dangling", "Practitioner/dangling-gone"));
        world().put("MedicationRequest/dangling-2", recorded("dangling", "Practitioner/never-there"));
        world().put("MedicationRequest/dangling-3", recorded("dangling", "Practitioner/dangling-there"));
        world().put(
                        "MedicationRequest/dangling-4",
                        recorded("dangling", "http://elsewhere.example.org/fhir/Practitioner/dangling-there") + ","
                                + pointingTo("Organization/dangling"));
        world().delete("Practitioner/dangling-gone");
        String[] requests = IntStream.rangeClosed(1, 4)
                .mapToObj(number -> "MedicationRequest/dangling-" + number)
                .toArray(String[]::new);

        assertThat(world().exported("/Group/dangling/$export?_type=MedicationRequest"))
                .containsExactlyInAnyOrder(requests);
        assertThat(world().exported("/Patient/dangling/$export?_type=MedicationRequest,Practitioner"))
                .contains(requests)
                .hasSize(5)
                .contains("Practitioner/dangling-there");
        assertThat(ExactWorld.exported(
                        client("system/MedicationRequest.rs system/Patient.rs system/Organization.rs"),
                        "/Patient/dangling/$export"))
                .contains(requests)
                .hasSize(6)
                .contains("Patient/dangling", "Organization/dangling");
    }

    @Test
    default void whatManyReferToLateIsThereOnce() {
        patient("many");
        Stream.of("linked", "late").forEach(id -> world().put("Practitioner/many-" + id, "'active':true"));
        for (int i = 0; i < 6; i++) {
            String late = to("Practitioner/many-" + (i % 2 == 0 ? "late" : "linked"));
            world().put(
                            "Condition/many-" + i,
                            subject("many") + ",'recorder':" + late + ",'asserter':" + to("Practitioner/many-linked"));
            world().put(
                            "MedicationRequest/many-" + i,
                            "'status':'active','intent':'order','medicationCodeableConcept':{'text':'m'},"
                                    + subject("many") + ",'recorder':" + late);
            world().put(
                            "Observation/many-" + i,
                            "'status':'final','code':{'text':'c'}," + subject("many") + ","
                                    + pointingTo("Practitioner/many-late"));
        }

        assertThat(world().exported("/Patient/many/$export"))
                .hasSize(21)
                .contains("Practitioner/many-linked", "Practitioner/many-late");
    }

    @Test
    default void provenanceOfWhatIsFoundLateGoesAlongOnce() {
        patient("proven");
        patient("other");
        world().put("Practitioner/proven-late", "'active':true");
        world().put("Practitioner/proven-linked", "'active':true");
        world().put("Organization/proven-agent", "'name':'agent'");
        world().put("Location/proven-agent", "'name':'agent'");
        world().put("Condition/proven", subject("proven") + ",'recorder':" + to("Practitioner/proven-late"));
        world().put("Condition/proven-2", subject("proven") + ",'asserter':" + to("Practitioner/proven-linked"));
        provenance("proven-late", "Practitioner/proven-late");
        provenance("proven-both", "Practitioner/proven-late", "Practitioner/proven-linked");
        provenance("proven-condition", "Practitioner/proven-late", "Condition/proven");
        provenance("proven-patient", "Practitioner/proven-late", "Patient/proven");
        provenance("proven-others", "Practitioner/proven-late", "Patient/other");
        provenance("proven-other", "Patient/other");

        assertThat(exported("proven", ""))
                .containsExactlyInAnyOrder(
                        "Patient/proven",
                        "Condition/proven",
                        "Condition/proven-2",
                        "Practitioner/proven-late",
                        "Practitioner/proven-linked",
                        "Provenance/proven-late",
                        "Provenance/proven-both",
                        "Provenance/proven-condition",
                        "Provenance/proven-patient",
                        "Organization/proven-agent",
                        "Location/proven-agent");
        assertThat(world().exported("/Group/proven/$export?_type=Condition,Practitioner"))
                .containsExactlyInAnyOrder(
                        "Condition/proven",
                        "Condition/proven-2",
                        "Practitioner/proven-late",
                        "Practitioner/proven-linked");
        assertThat(world().exported("/Patient/$export"))
                .contains("Provenance/proven-late", "Provenance/proven-others", "Provenance/proven-other");
    }

    private void provenance(String id, String... targets) {
        world().put(
                        "Provenance/" + id,
                        "'target':["
                                + Stream.of(targets)
                                        .map(LateSupportingContract::to)
                                        .collect(Collectors.joining(","))
                                + "],'recorded':'2024-01-01T00:00:00Z','agent':[{'who':"
                                + to("Organization/proven-agent") + ",'extension':[{'url':'http://example.org/at',"
                                + "'valueReference':" + to("Location/proven-agent") + "}]}]");
    }

    @Test
    default void whatIsFoundLateIsLimitedAsTheRestOfAnExport() {
        patient("limited");
        world().put("Practitioner/limited-old", "'active':true,'gender':'male'");
        String since = Instant.now().toString();
        world().put("Practitioner/limited-new", "'active':false,'gender':'female'");
        world().put("Practitioner/limited-new-2", "'active':true,'gender':'female'," + issuedBy("Organization/none"));
        Stream.of("old", "new", "new-2").forEach(id -> world().put(
                        "MedicationRequest/limited-" + id, recorded("limited", "Practitioner/limited-" + id)));

        assertThat(world().exported("/Group/limited/$export"
                        + query("_type", "Practitioner,MedicationRequest", "_since", since)))
                .hasSize(5)
                .contains("Practitioner/limited-new", "Practitioner/limited-new-2");
        assertThat(exported(
                        "limited",
                        query("_type", "Practitioner,MedicationRequest", "_typeFilter", "Practitioner?active=true")))
                .hasSize(5)
                .contains("Practitioner/limited-old", "Practitioner/limited-new-2");
        assertThat(ExactWorld.lines(
                        world().client(),
                        world().manifest("/Patient/limited/$export"
                                + query(
                                        "_type",
                                        "Practitioner,MedicationRequest",
                                        "_elements",
                                        "recorder,Practitioner.active")),
                        "output"))
                .hasSize(6)
                .noneMatch(line -> line.contains("gender"));
    }
}
