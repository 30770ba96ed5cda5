/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.twin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.twin.TwinRecord.GROUP;

import ca.uhn.fhir.batch2.model.JobInstance;
import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.hapibinary.server.client.Await;
import org.hapibinary.server.client.ExportClient;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.StringType;
import org.junit.jupiter.api.Test;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** A host's {@code STORAGE_BULK_EXPORT_RESOURCE_INCLUSION}. */
interface TwinHookContract {

    String NOTE = "https://example.org/note";

    TwinHosts twins();

    @Test
    default void whatTheInclusionHookAddsToAResourceIsExported() {
        var content =
                twins().onStorage(new Notes(), () -> twins().same(GROUP + "?_type=Patient,Observation,Condition"));
        assertThat(twins().waysOfReading()).containsExactly("parsed");
        assertThat(content.ids("Patient")).containsExactlyInAnyOrder("anna", "ben", "cleo");
        assertThat(content.ids("Observation")).hasSize(10);
        assertThat(content.parsed("Patient"))
                .allSatisfy(patient -> assertThat(patient.path("extension").toString())
                        .isEqualTo("[{\"url\":\"" + NOTE + "\",\"valueString\":\"GROUP Group/ward ward round\"}]"));
        assertThat(content.parsed("Observation")).allSatisfy(observation -> assertThat(
                        observation.path("meta").path("tag").toString())
                .contains(NOTE));
    }

    @Test
    default void whatTheInclusionHookRefusesIsNotExported() {
        var content = twins().onStorage(new NoSecondOnes(), () -> twins().same("/$export?_type=Patient,Observation"));
        assertThat(content.ids("Patient")).hasSize(5);
        assertThat(content.ids("Observation"))
                .containsExactlyInAnyOrder(
                        "anna-1", "anna-3", "ben-1", "ben-3", "cleo-1", "cleo-3", "cleo-4", "dora-1");
    }

    @Test
    default void aTypeOfWhichTheInclusionHookRefusesAllHasNoFile() {
        var content = twins().onStorage(new NoConditions(), () -> twins().same(GROUP + "?_type=Patient,Condition"));
        assertThat(content.resources()).containsOnlyKeys("Patient");
    }

    /** Two hooks that both have a say. */
    @Test
    default void theInclusionHookSeesWhatTheOneBeforeItHasMadeOfTheResource() {
        var content = twins().onStorage(new Reader(), () -> twins().onStorage(
                        new Notes(), () -> twins().same("/$export?_type=Patient")));
        assertThat(content.parsed("Patient")).hasSize(5).allSatisfy(patient -> assertThat(
                        patient.path("name").path(0).path("text").asText())
                .isEqualTo("SYSTEM null ward round"));
    }

    /** Here we are not like HAPI: no single resource can make an export fail (CONTRACT §3.4). */
    @Test
    default void aResourceThatTheInclusionHookFailsOnFailsHapisJobAndIsLeftOutOfOurs() {
        var both = twins().onStorage(new Stumbling(), () -> twins().both(GROUP + "?_type=Patient,Observation"));
        assertThat(both.stock().status()).isEqualTo(500);

        var ours = both.ours();
        assertThat(ours.status()).as(ours.answer()).isEqualTo(200);
        assertThat(ours.ids("Patient")).containsExactlyInAnyOrder("anna", "ben", "cleo");
        assertThat(ours.ids("Observation"))
                .containsExactlyInAnyOrder(
                        "anna-1", "anna-2", "anna-3", "ben-1", "ben-3", "cleo-1", "cleo-2", "cleo-3", "cleo-4");
        assertThat(ours.errors()).singleElement().satisfies(line -> {
            assertThat(ExportClient.json(line).path("resourceType").asText()).isEqualTo("OperationOutcome");
            assertThat(line).contains("Observation/ben-2").doesNotContain("stumbled", "Exception");
        });
    }

    /** The hook is asked while the store takes the bytes: then nothing holds a connection to the database. */
    @Test
    default void noTransactionIsOpenWhileAFileIsStored() {
        Transactions transactions = new Transactions();
        var content = twins().onStorage(transactions, () -> twins().ours()
                .awaitEnd(twins().ours().start(GROUP)));
        assertThat(content.status()).as(content.answer()).isEqualTo(200);
        assertThat(transactions.open).hasSizeGreaterThan(10).containsOnly(false);
    }

    @Test
    default void theHostIsToldOfTheEndOfEachExport() throws Exception {
        Ends ends = new Ends();
        twins().onStorage(ends, () -> twins().same(GROUP + "?_type=Patient"));
        Await.until("both", Duration.ofSeconds(10), () -> ends.jobs.size() >= 2);
        assertThat(ends.jobs).containsExactly("BULK_EXPORT COMPLETED", "BULK_EXPORT COMPLETED");
    }

    /** Says in each resource what the export is, and what the kick-off has noted of it. */
    @Interceptor
    final class Notes {

        @Hook(Pointcut.STORAGE_INITIATE_BULK_EXPORT)
        public void initiate(BulkExportJobParameters parameters) {
            parameters.setUserData("purpose", "ward round");
        }

        @Hook(Pointcut.STORAGE_BULK_EXPORT_RESOURCE_INCLUSION)
        public void include(BulkExportJobParameters parameters, IBaseResource resource) {
            resource.getMeta().addTag().setSystem(NOTE).setCode("noted");
            if (resource instanceof Patient patient) {
                patient.addExtension(
                        NOTE,
                        new StringType(parameters.getExportStyle() + " " + parameters.getGroupId() + " "
                                + parameters.getUserData().get("purpose")));
            }
        }
    }

    @Interceptor(order = 10)
    final class Reader {

        @Hook(Pointcut.STORAGE_BULK_EXPORT_RESOURCE_INCLUSION)
        public boolean include(IBaseResource resource) {
            if (resource instanceof Patient patient) {
                String note = patient.getExtensionString(NOTE);
                patient.getNameFirstRep().setText(note);
            }
            return true;
        }
    }

    @Interceptor
    final class NoSecondOnes {

        @Hook(Pointcut.STORAGE_BULK_EXPORT_RESOURCE_INCLUSION)
        public boolean include(IBaseResource resource) {
            return !resource.getIdElement().getIdPart().endsWith("-2");
        }
    }

    @Interceptor
    final class NoConditions {

        @Hook(Pointcut.STORAGE_BULK_EXPORT_RESOURCE_INCLUSION)
        public boolean include(IBaseResource resource) {
            return !resource.fhirType().equals("Condition");
        }
    }

    @Interceptor
    final class Stumbling {

        @Hook(Pointcut.STORAGE_BULK_EXPORT_RESOURCE_INCLUSION)
        public boolean include(IBaseResource resource) {
            if (resource.getIdElement().getIdPart().equals("ben-2")) {
                throw new IllegalStateException("It has stumbled");
            }
            return true;
        }
    }

    @Interceptor
    final class Transactions {

        private final Queue<Boolean> open = new ConcurrentLinkedQueue<>();

        @Hook(Pointcut.STORAGE_BULK_EXPORT_RESOURCE_INCLUSION)
        public boolean include() {
            return open.add(TransactionSynchronizationManager.isActualTransactionActive());
        }
    }

    @Interceptor
    final class Ends {

        private final Queue<String> jobs = new ConcurrentLinkedQueue<>();

        @Hook(Pointcut.STORAGE_POSTCOMPLETE_BATCH_JOB)
        public void afterCompletion(JobInstance job) {
            jobs.add(job.getJobDefinitionId() + " " + job.getStatus());
        }
    }
}
