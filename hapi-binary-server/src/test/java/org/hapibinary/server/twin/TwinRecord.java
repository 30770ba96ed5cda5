/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.twin;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.api.svc.IIdHelperService;
import ca.uhn.fhir.jpa.entity.MdmLink;
import ca.uhn.fhir.jpa.model.dao.JpaPid;
import ca.uhn.fhir.mdm.api.MdmLinkSourceEnum;
import ca.uhn.fhir.mdm.api.MdmMatchResultEnum;
import ca.uhn.fhir.mdm.dao.IMdmLinkDao;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import ca.uhn.fhir.util.BundleBuilder;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.stream.Stream;
import org.hl7.fhir.instance.model.api.IBaseBundle;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.ConceptMap;
import org.hl7.fhir.r4.model.Condition;
import org.hl7.fhir.r4.model.DateType;
import org.hl7.fhir.r4.model.Encounter;
import org.hl7.fhir.r4.model.Enumerations.ConceptMapEquivalence;
import org.hl7.fhir.r4.model.Enumerations.PublicationStatus;
import org.hl7.fhir.r4.model.Group;
import org.hl7.fhir.r4.model.IdType;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Observation.ObservationStatus;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Quantity;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.UriType;
import org.springframework.context.ApplicationContext;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Four patients with three observations, a condition and an encounter each, of which only they are the owners; three of
 * them are in a Group. One of these and the fourth are one person. It came to be in three transactions.
 */
final class TwinRecord {

    static final String GROUP = "/Group/ward/$export";
    static final Coding RESTRICTED =
            new Coding("http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "R", "restricted");
    static final String LOCAL_CODES = "https://example.org/local";
    static final String SHARED_CODES = "https://example.org/shared";

    private static final List<String> MEMBERS = List.of("anna", "ben", "cleo");
    private static final String OUTSIDER = "dora";

    private final ApplicationContext host;

    private TwinRecord(ApplicationContext host) {
        this.host = host;
    }

    static void load(ApplicationContext host) {
        new TwinRecord(host).load();
    }

    private void load() {
        List<Resource> all = new ArrayList<>();
        Stream.concat(MEMBERS.stream(), Stream.of(OUTSIDER)).forEach(name -> all.addAll(recordOf(name)));
        all.add(group("ward", MEMBERS));
        all.add(conceptMap());
        store(all);
        store(List.of(patient("anna").setActive(true), observation("anna", 1, 70), observation("ben", 2, 71)));
        store(List.of(observation("anna", 1, 80), observation("cleo", 4, 81), patient("golden")));
        host.getBean(DaoRegistry.class)
                .getResourceDao(Observation.class)
                .delete(new IdType("Observation/dora-3"), new SystemRequestDetails());
        new TransactionTemplate(host.getBean(PlatformTransactionManager.class)).executeWithoutResult(transaction -> {
            link("anna");
            link(OUTSIDER);
        });
    }

    static List<Resource> recordOf(String name) {
        Condition condition = new Condition()
                .setSubject(new Reference("Patient/" + name))
                .setCode(new CodeableConcept(new Coding(LOCAL_CODES, "fever", "Fever")));
        condition.setId("Condition/" + name);
        Encounter encounter = new Encounter().setSubject(new Reference("Patient/" + name));
        encounter.setId("Encounter/" + name);
        encounter.setStatus(Encounter.EncounterStatus.FINISHED);
        Observation restricted = observation(name, 3, 63);
        restricted.getMeta().addSecurity(RESTRICTED);
        return List.of(
                patient(name), condition, encounter, observation(name, 1, 61), observation(name, 2, 62), restricted);
    }

    private static Patient patient(String name) {
        Patient patient = new Patient();
        patient.setId("Patient/" + name);
        patient.addName().setFamily(name);
        patient.setBirthDateElement(new DateType("1970-04-01"));
        return patient;
    }

    private static Observation observation(String name, int number, int beats) {
        Observation observation = new Observation()
                .setSubject(new Reference("Patient/" + name))
                .setStatus(number == 2 ? ObservationStatus.PRELIMINARY : ObservationStatus.FINAL)
                .setCode(new CodeableConcept(new Coding("http://loinc.org", "8867-4", "Heart rate")))
                .setValue(new Quantity().setValue(new BigDecimal(beats + ".50")).setUnit("/min"));
        observation.setId("Observation/" + name + "-" + number);
        observation.getMeta().addTag("https://example.org/rounds", "round-" + number, null);
        return observation;
    }

    static Group group(String id, List<String> members) {
        Group group = new Group().setType(Group.GroupType.PERSON).setActual(true);
        group.setId("Group/" + id);
        members.forEach(name -> group.addMember().setEntity(new Reference("Patient/" + name)));
        return group;
    }

    private static ConceptMap conceptMap() {
        ConceptMap map = new ConceptMap()
                .setUrl("https://example.org/local-to-shared")
                .setStatus(PublicationStatus.ACTIVE)
                .setSource(new UriType(LOCAL_CODES + "/all"))
                .setTarget(new UriType(SHARED_CODES + "/all"));
        map.setId("ConceptMap/local-to-shared");
        map.addGroup()
                .setSource(LOCAL_CODES)
                .setTarget(SHARED_CODES)
                .addElement()
                .setCode("fever")
                .addTarget()
                .setCode("386661006")
                .setDisplay("Fever (finding)")
                .setEquivalence(ConceptMapEquivalence.EQUAL);
        return map;
    }

    private void store(List<Resource> resources) {
        store(host, new SystemRequestDetails(), resources);
    }

    @SuppressWarnings("unchecked") // the host is one for R4
    static void store(ApplicationContext host, SystemRequestDetails request, List<Resource> resources) {
        BundleBuilder transaction = new BundleBuilder(host.getBean(FhirContext.class));
        resources.forEach(transaction::addTransactionUpdateEntry);
        ((IFhirSystemDao<IBaseBundle, ?>) host.getBean(IFhirSystemDao.class))
                .transaction(request, transaction.getBundle());
    }

    @SuppressWarnings("unchecked") // the host keeps its links in its database
    private void link(String name) {
        IMdmLinkDao<JpaPid, MdmLink> links = host.getBean(IMdmLinkDao.class);
        JpaPid golden = pid("golden");
        MdmLink link = new MdmLink();
        link.setGoldenResourcePersistenceId(golden);
        link.setSourcePersistenceId(pid(name));
        link.setMatchResult(MdmMatchResultEnum.MATCH);
        link.setLinkSource(MdmLinkSourceEnum.AUTO);
        link.setMdmSourceType("Patient");
        link.setVersion("1");
        link.setCreated(new Date());
        link.setUpdated(new Date());
        links.save(link);
    }

    @SuppressWarnings("unchecked") // the host keeps its resources in its database
    private JpaPid pid(String name) {
        IIdHelperService<JpaPid> ids = host.getBean(IIdHelperService.class);
        return ids.getPidOrThrowException(RequestPartitionId.allPartitions(), new IdType("Patient/" + name));
    }
}
