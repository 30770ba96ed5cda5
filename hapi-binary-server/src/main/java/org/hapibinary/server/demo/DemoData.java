/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.demo;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Bundle.BundleType;
import org.hl7.fhir.r4.model.Bundle.HTTPVerb;
import org.hl7.fhir.r4.model.Meta;
import org.hl7.fhir.r4.model.Resource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.context.annotation.Profile;
import org.springframework.core.annotation.Order;
import org.springframework.core.io.ClassPathResource;
import org.springframework.stereotype.Component;

/** Loads twelve synthetic patients (Synthea) with their records if the server has none. */
@Component
@Profile("demo")
@Order(DemoData.BEFORE_THE_GUIDE)
class DemoData implements ApplicationRunner {

    static final int BEFORE_THE_GUIDE = 1;

    /** In an order in which each type refers only to earlier ones; the Group, last, marks the data as complete. */
    static final List<String> TYPES = List.of(
            "Patient",
            "Encounter",
            "Condition",
            "AllergyIntolerance",
            "Observation",
            "DiagnosticReport",
            "Immunization",
            "MedicationRequest",
            "Procedure",
            "Binary",
            "DocumentReference",
            "Group");

    private static final Logger log = LoggerFactory.getLogger(DemoData.class);
    private static final int RESOURCES_PER_TRANSACTION = 200;

    private final FhirContext fhirContext;
    private final IFhirSystemDao<Bundle, Meta> systemDao;

    DemoData(FhirContext fhirContext, IFhirSystemDao<Bundle, Meta> systemDao) {
        this.fhirContext = fhirContext;
        this.systemDao = systemDao;
    }

    @Override
    public void run(ApplicationArguments arguments) throws IOException {
        if (systemDao.getResourceCounts().containsKey("Group")) {
            return;
        }
        log.info("Loading the demo data: 12 synthetic patients. This takes half a minute, and happens once.");
        for (String type : TYPES) {
            load(type);
        }
    }

    private void load(String type) throws IOException {
        List<Resource> batch = new ArrayList<>();
        try (BufferedReader lines = open(type)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                batch.add((Resource) fhirContext.newJsonParser().parseResource(line));
                if (batch.size() == RESOURCES_PER_TRANSACTION) {
                    store(batch);
                    batch.clear();
                }
            }
        }
        store(batch);
    }

    private static BufferedReader open(String type) throws IOException {
        return new BufferedReader(new InputStreamReader(
                new GZIPInputStream(new ClassPathResource("demo/synthea-12/" + type + ".ndjson.gz").getInputStream()),
                StandardCharsets.UTF_8));
    }

    private void store(List<Resource> resources) {
        if (resources.isEmpty()) {
            return;
        }
        Bundle transaction = new Bundle().setType(BundleType.TRANSACTION);
        for (Resource resource : resources) {
            transaction
                    .addEntry()
                    .setResource(resource)
                    .getRequest()
                    .setMethod(HTTPVerb.PUT)
                    .setUrl(resource.fhirType() + "/" + resource.getIdElement().getIdPart());
        }
        systemDao.transaction(new SystemRequestDetails(), transaction);
    }
}
