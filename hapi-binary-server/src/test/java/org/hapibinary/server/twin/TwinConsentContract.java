/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.twin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.twin.TwinRecord.GROUP;
import static org.hapibinary.server.twin.TwinRecord.RESTRICTED;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.jpa.searchparam.SearchParameterMap;
import ca.uhn.fhir.rest.api.server.IPreResourceAccessDetails;
import ca.uhn.fhir.rest.api.server.IPreResourceShowDetails;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import ca.uhn.fhir.rest.param.TokenParam;
import ca.uhn.fhir.rest.server.interceptor.consent.ConsentInterceptor;
import ca.uhn.fhir.rest.server.interceptor.consent.ConsentOutcome;
import ca.uhn.fhir.rest.server.interceptor.consent.IConsentContextServices;
import ca.uhn.fhir.rest.server.interceptor.consent.IConsentService;
import ca.uhn.fhir.rest.server.util.ICachedSearchDetails;
import org.hl7.fhir.instance.model.api.IBaseBinary;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.Condition;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.hl7.fhir.r4.model.Patient;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A host's consent, in HAPI's terms and in the hooks below them. */
interface TwinConsentContract {

    String UNRESTRICTED_TYPES = "?_type=Patient,Observation,Condition";

    TwinHosts twins();

    @Test
    default void whatConsentHidesOrMasksIsHiddenOrMasked() {
        ConsentInterceptor consent = new ConsentInterceptor(new Masks());
        var content = twins().onStorage(consent, () -> twins().same(GROUP + UNRESTRICTED_TYPES));
        assertThat(twins().waysOfReading()).containsExactly("searched");
        assertThat(content.ids("Observation"))
                .containsExactlyInAnyOrder("anna-1", "anna-2", "ben-1", "ben-2", "cleo-1", "cleo-2", "cleo-4");
        assertThat(content.parsed("Patient")).hasSize(3).allSatisfy(patient -> assertThat(patient.has("birthDate"))
                .isFalse());
        assertThat(content.ids("Condition")).containsExactlyInAnyOrder("anna", "cleo");
        assertThat(content.parsed("Condition"))
                .allSatisfy(condition ->
                        assertThat(condition.path("code").toString()).isEqualTo("{\"text\":\"masked\"}"));
    }

    /** HAPI asks its consent interceptor about versions too, but takes no copy that is put in a resource's place. */
    @Test
    default void whatConsentHidesOrMasksInPlaceIsSoInEveryVersion() {
        ConsentInterceptor consent = new ConsentInterceptor(new Masks());
        var content =
                twins().onStorage(consent, () -> twins().same("/$export?_includeHistory=true&_type=Patient,Condition"));
        assertThat(content.parsed("Patient")).hasSize(6).allSatisfy(patient -> assertThat(patient.has("birthDate"))
                .isFalse());
        assertThat(content.ids("Condition")).containsExactlyInAnyOrder("anna", "cleo", "dora");
        assertThat(content.parsed("Condition")
                        .map(condition -> condition.at("/code/coding/0/code").asText()))
                .containsOnly("fever");
    }

    /** HAPI's job reads as the system does: a consent service that spares the system spares the export. */
    @Test
    default void aConsentServiceIsAskedOnBehalfOfTheSystem() {
        ConsentInterceptor consent = new ConsentInterceptor(new OnlyForTheSystem());
        var content = twins().onStorage(consent, () -> twins().same("/$export?_type=Patient"));
        assertThat(content.ids("Patient")).hasSize(5);
    }

    /** HAPI has a file of the outcomes; whether there is one is all that may differ. */
    @Test
    default void whatConsentReplacesByAnOutcomeIsNotExported() {
        ConsentInterceptor consent = new ConsentInterceptor(new Explains());
        var both = twins().onStorage(consent, () -> twins().both("/$export?_type=Patient"));
        assertThat(both.stock().ids("Patient")).containsExactlyInAnyOrder("anna", "cleo", "dora", "golden");
        assertThat(both.stock().resources()).containsOnlyKeys("OperationOutcome", "Patient");

        assertThat(both.ours().status()).as(both.ours().answer()).isEqualTo(200);
        assertThat(both.ours().resources().get("Patient"))
                .isEqualTo(both.stock().resources().get("Patient"));
        assertThat(both.ours().resources().keySet())
                .isSubsetOf(both.stock().resources().keySet());
    }

    @Test
    default void whatAHookDeniesAccessToIsNotExported() {
        var content = twins().onStorage(new Denial(), () -> twins().same(GROUP + "?_type=Observation"));
        assertThat(content.ids("Observation")).containsExactlyInAnyOrder("anna-2", "ben-2", "cleo-2");
    }

    /** And the inclusion hook sees it as it is shown. */
    @Test
    default void whatAHookChangesWhenResourcesAreShownIsExported() {
        var content = twins().onStorage(new NobodyCalledDora(), () -> twins().onStorage(
                        new Renaming(), () -> twins().same("/$export?_type=Patient")));
        assertThat(content.ids("Patient")).containsExactlyInAnyOrder("anna", "dora", "golden");
        assertThat(content.parsed("Patient")
                        .map(patient -> patient.at("/name/0/family").asText()))
                .containsExactlyInAnyOrder("anna", "cleo", "golden");
    }

    @Test
    default void whatAHookAddsToTheSearchForTheResourcesNarrowsTheExport() {
        var content = twins().onStorage(new Narrowing(), () -> twins().same("/$export?_type=Observation,Condition"));
        assertThat(content.ids("Observation")).containsExactlyInAnyOrder("anna-2", "ben-2", "cleo-2", "dora-2");
        assertThat(content.ids("Condition")).hasSize(4);
    }

    /** HAPI's job asks the interceptors of its storage only. */
    @Test
    default void interceptorsOfTheRestfulServerAreNotAskedAboutWhatTheJobReads() {
        var content = twins().onRestfulServer(new ConsentInterceptor(new Masks()), () -> twins().onRestfulServer(
                        new Denial(),
                        () -> twins().onRestfulServer(new TwinHookContract.NoSecondOnes(), () -> twins().same(
                                        GROUP + UNRESTRICTED_TYPES))));
        assertThat(twins().waysOfReading()).containsExactly("stored");
        assertThat(content.ids("Observation")).hasSize(10);
        assertThat(content.ids("Condition")).hasSize(3);
        assertThat(content.parsed("Patient"))
                .allSatisfy(patient -> assertThat(patient.has("birthDate")).isTrue());
    }

    /**
     * Hides what is restricted, and what is of Ben's conditions; masks patients where they are, conditions in a copy.
     */
    final class Masks implements IConsentService {

        @Override
        public ConsentOutcome canSeeResource(
                RequestDetails request, IBaseResource resource, IConsentContextServices services) {
            boolean restricted = resource.getMeta().getSecurity(RESTRICTED.getSystem(), RESTRICTED.getCode()) != null;
            return restricted ? ConsentOutcome.REJECT : ConsentOutcome.PROCEED;
        }

        @Override
        public ConsentOutcome willSeeResource(
                RequestDetails request, IBaseResource resource, IConsentContextServices services) {
            if (resource instanceof Patient patient) {
                patient.setBirthDateElement(null);
            } else if (resource instanceof Condition condition) {
                if (condition.getIdElement().getIdPart().equals("ben")) {
                    return ConsentOutcome.REJECT;
                }
                Condition masked = condition.copy();
                masked.getCode().setCoding(null).setText("masked");
                return new ConsentOutcome(ConsentOutcome.PROCEED.getStatus(), masked);
            }
            return ConsentOutcome.PROCEED;
        }
    }

    /** Clients get nothing but HAPI's files. */
    final class OnlyForTheSystem implements IConsentService {

        @Override
        public ConsentOutcome canSeeResource(
                RequestDetails request, IBaseResource resource, IConsentContextServices services) {
            return decide(request, resource);
        }

        @Override
        public ConsentOutcome willSeeResource(
                RequestDetails request, IBaseResource resource, IConsentContextServices services) {
            return decide(request, resource);
        }

        private static ConsentOutcome decide(RequestDetails request, IBaseResource resource) {
            boolean open = request instanceof SystemRequestDetails || resource instanceof IBaseBinary;
            return open ? ConsentOutcome.AUTHORIZED : ConsentOutcome.REJECT;
        }
    }

    final class Explains implements IConsentService {

        @Override
        public ConsentOutcome willSeeResource(
                RequestDetails request, IBaseResource resource, IConsentContextServices services) {
            if ("ben".equals(resource.getIdElement().getIdPart())) {
                OperationOutcome outcome = new OperationOutcome();
                outcome.addIssue().setDiagnostics("Not this one");
                return new ConsentOutcome(ConsentOutcome.REJECT.getStatus(), outcome);
            }
            return ConsentOutcome.PROCEED;
        }
    }

    /** Of finished observations. */
    @Interceptor
    final class Denial {

        @Hook(Pointcut.STORAGE_PREACCESS_RESOURCES)
        public void deny(IPreResourceAccessDetails resources) {
            for (int i = 0; i < resources.size(); i++) {
                if (resources.getResource(i) instanceof Observation observation
                        && observation.getStatus() == Observation.ObservationStatus.FINAL) {
                    resources.setDontReturnResourceAtIndex(i);
                }
            }
        }
    }

    /** Names one patient after another, and drops a third. */
    @Interceptor
    final class Renaming {

        @Hook(Pointcut.STORAGE_PRESHOW_RESOURCES)
        public void rename(IPreResourceShowDetails resources) {
            for (int i = 0; i < resources.size(); i++) {
                if (resources.getResource(i) instanceof Patient patient) {
                    resources.setResource(i, renamed(patient));
                }
            }
        }

        private static @Nullable Patient renamed(Patient patient) {
            return switch (patient.getIdElement().getIdPart()) {
                case "ben" -> null;
                case "cleo" -> named(patient, "dora");
                case "dora" -> named(patient, "cleo");
                default -> patient;
            };
        }

        private static Patient named(Patient patient, String family) {
            Patient renamed = patient.copy();
            renamed.getNameFirstRep().setFamily(family);
            return renamed;
        }
    }

    @Interceptor
    final class NobodyCalledDora {

        @Hook(Pointcut.STORAGE_BULK_EXPORT_RESOURCE_INCLUSION)
        public boolean include(IBaseResource resource) {
            return !(resource instanceof Patient patient)
                    || !patient.getNameFirstRep().getFamily().equals("dora");
        }
    }

    @Interceptor
    final class Narrowing {

        @Hook(Pointcut.STORAGE_PRESEARCH_REGISTERED)
        public void narrow(ICachedSearchDetails search, SearchParameterMap parameters) {
            if (search.getResourceType().equals("Observation")) {
                parameters.add(Observation.SP_STATUS, new TokenParam("preliminary"));
            }
        }
    }
}
