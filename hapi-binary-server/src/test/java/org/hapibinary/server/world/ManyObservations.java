/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.world;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.util.BundleBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import javax.sql.DataSource;
import org.hapibinary.server.client.ExportClient;
import org.hl7.fhir.r4.model.Binary;
import org.hl7.fhir.r4.model.DocumentReference;
import org.hl7.fhir.r4.model.Encounter;
import org.hl7.fhir.r4.model.Group;
import org.hl7.fhir.r4.model.Location;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.Resource;

/**
 * Patients who are all members of one Group, with up to millions of Observations of Synthea's, and documents, in a HAPI
 * server on PostgreSQL within a minute or two: a few hundred are written over HTTP and multiplied in the database. They
 * can be read, exported and searched for by their patient, but not by other search parameters.
 *
 * <p>Their ids are {@code patient-0}, {@code encounter-0}, {@code observation-0}, {@code documentreference-0},
 * {@code binary-0} and so on; each patient has one encounter.
 */
public final class ManyObservations {

    public static final String GROUP = "/Group/everybody";

    private static final int OBSERVATION_TEMPLATES = 400;
    private static final int DOCUMENT_TEMPLATES = 20;
    private static final int LONGEST_TEMPLATE = 2_000;
    private static final int RESOURCES_PER_TRANSACTION = 100;
    private static final String PROFILE = "\"profile\":";

    private final ExportClient writer;
    private final int patients;
    private final CopiedResources copies;

    /**
     * @param writer may write everything
     * @param database the server's, a PostgreSQL
     */
    public ManyObservations(ExportClient writer, DataSource database, int patients) {
        this.writer = writer;
        this.patients = patients;
        this.copies = new CopiedResources(database, patients);
    }

    /** The patients with their encounters and the Group. To be called first, and once. */
    public void loadPatients() throws IOException, SQLException {
        load((Encounter) demo("Encounter", 1).get(0));
    }

    /**
     * Likewise, and each encounter has an origin of its own, {@code location-0} and so on, which no search parameter
     * covers.
     */
    public void loadPatientsWithOrigins() throws IOException, SQLException {
        put(List.of(new Location().setName("origin").setId("location-0")));
        copies.multiply("Location", 1, patients);
        Encounter encounter = (Encounter) demo("Encounter", 1).get(0);
        encounter.getHospitalization().setOrigin(new Reference("Location/location-0"));
        load(encounter);
    }

    private void load(Encounter encounter) throws IOException, SQLException {
        Patient patient = (Patient) demo("Patient", 1).get(0);
        encounter.setSubject(new Reference("Patient/patient-0"));
        put(List.of(patient.setId("patient-0"), encounter.setId("encounter-0")));
        copies.multiply("Patient", 1, patients);
        copies.multiply("Encounter", 1, patients);
        Group everybody = new Group().setType(Group.GroupType.PERSON).setActual(true);
        IntStream.range(0, patients)
                .forEach(number -> everybody.addMember().setEntity(new Reference("Patient/patient-" + number)));
        put(List.of(everybody.setId("everybody")));
    }

    /** As many for each patient. To be called once. */
    public void loadObservations(int count) throws IOException, SQLException {
        int templates = Math.min(OBSERVATION_TEMPLATES, count);
        List<Resource> observations = demo("Observation", templates);
        for (int number = 0; number < templates; number++) {
            Observation observation = (Observation) observations.get(number);
            observation.setSubject(new Reference("Patient/patient-0"));
            observation.setEncounter(new Reference("Encounter/encounter-0"));
            observation.setId("observation-" + number);
        }
        put(observations);
        copies.multiply("Observation", templates, count);
    }

    /**
     * DocumentReferences, each with its content in a Binary of its own. To be called once.
     *
     * @param contentBytes of each
     */
    public void loadDocuments(int count, int contentBytes) throws IOException, SQLException {
        int templates = Math.min(DOCUMENT_TEMPLATES, count);
        List<Resource> documents = demo("DocumentReference", templates);
        List<Resource> contents = IntStream.range(0, templates)
                .mapToObj(number -> new Binary()
                        .setContentType("text/plain")
                        .setData(text(number, contentBytes).getBytes(StandardCharsets.UTF_8))
                        .setId("binary-" + number))
                .toList();
        put(contents);
        for (int number = 0; number < templates; number++) {
            DocumentReference document = (DocumentReference) documents.get(number);
            document.setSubject(new Reference("Patient/patient-0"));
            document.getContext().setEncounter(List.of(new Reference("Encounter/encounter-0")));
            document.getContentFirstRep()
                    .getAttachment()
                    .setUrl("Binary/binary-" + number)
                    .setSize(contentBytes);
            document.setId("documentreference-" + number);
        }
        put(documents);
        copies.multiply("Binary", templates, count);
        copies.multiply("DocumentReference", templates, count);
    }

    /** Words, which compress as words do. */
    private static String text(int seed, int length) {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder();
        while (text.length() < length) {
            text.append(Integer.toString(random.nextInt(20_000), 36)).append(random.nextInt(12) == 0 ? ".\n" : " ");
        }
        return text.substring(0, length);
    }

    /** The ids of so many of a type. */
    public static Set<String> ids(String type, int count) {
        return IntStream.range(0, count)
                .mapToObj(number -> type.toLowerCase(Locale.ROOT) + "-" + number)
                .collect(Collectors.toSet());
    }

    /** From the demo's data, of those with a profile, spread over the whole file. */
    private static List<Resource> demo(String type, int count) throws IOException {
        List<String> candidates;
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                new GZIPInputStream(
                        ManyObservations.class.getResourceAsStream("/demo/synthea-12/" + type + ".ndjson.gz")),
                StandardCharsets.UTF_8))) {
            candidates = lines.lines()
                    .filter(line -> line.contains(PROFILE) && line.length() < LONGEST_TEMPLATE * 2)
                    .toList();
        }
        return IntStream.range(0, count)
                .mapToObj(number -> candidates.get(number * candidates.size() / count))
                .map(line ->
                        (Resource) FhirContext.forR4Cached().newJsonParser().parseResource(line))
                .toList();
    }

    private void put(List<? extends Resource> resources) {
        FhirContext fhirContext = FhirContext.forR4Cached();
        for (int from = 0; from < resources.size(); from += RESOURCES_PER_TRANSACTION) {
            BundleBuilder transaction = new BundleBuilder(fhirContext);
            resources
                    .subList(from, Math.min(from + RESOURCES_PER_TRANSACTION, resources.size()))
                    .forEach(transaction::addTransactionUpdateEntry);
            HttpResponse<String> response = writer.send(
                    "POST",
                    "",
                    fhirContext.newJsonParser().encodeResourceToString(transaction.getBundle()),
                    "Content-Type",
                    "application/fhir+json");
            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        }
    }
}
