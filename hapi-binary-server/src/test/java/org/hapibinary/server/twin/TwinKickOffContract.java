/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.twin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.twin.TwinRecord.GROUP;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import ca.uhn.fhir.rest.server.exceptions.ForbiddenOperationException;
import ca.uhn.fhir.rest.server.interceptor.auth.AuthorizationInterceptor;
import ca.uhn.fhir.rest.server.interceptor.auth.IAuthRule;
import ca.uhn.fhir.rest.server.interceptor.auth.RuleBuilder;
import java.util.List;
import java.util.function.Consumer;
import org.hl7.fhir.r4.model.Binary;
import org.hl7.fhir.r4.model.Group;
import org.junit.jupiter.api.Test;

/** A host's hooks at the kick-off, which may change or refuse what is asked for. */
interface TwinKickOffContract {

    TwinHosts twins();

    @Test
    default void aHookBeforeTheInitiationMayNarrowTheTypes() {
        var content = twins().onStorage(
                        new Before(parameters -> parameters.setResourceTypes(List.of("Patient"))),
                        () -> twins().same(GROUP + "?_type=Patient,Observation"));
        assertThat(content.resources()).containsOnlyKeys("Patient");
    }

    @Test
    default void aHookAtTheInitiationMayNarrowTheTypes() {
        var content = twins().onStorage(
                        new At(parameters -> parameters.setResourceTypes(List.of("Condition"))),
                        () -> twins().same(GROUP + "?_type=Patient,Observation,Condition"));
        assertThat(content.resources()).containsOnlyKeys("Condition");
    }

    @Test
    default void aHookOfTheRestfulServerMayNarrowTheTypes() {
        var content = twins().onRestfulServer(
                        new At(parameters -> parameters.setResourceTypes(List.of("Encounter"))),
                        () -> twins().same("/$export?_type=Patient,Encounter"));
        assertThat(content.resources()).containsOnlyKeys("Encounter");
    }

    @Test
    default void aHookMayAddFilters() {
        Consumer<BulkExportJobParameters> filters = parameters -> {
            parameters.setFilters(List.of("Observation?status=final"));
            parameters.setPostFetchFilterUrls(List.of("Observation?_tag=https://example.org/rounds|round-3"));
        };
        var content = twins().onStorage(new At(filters), () -> twins().same("/$export?_type=Observation,Condition"));
        assertThat(content.ids("Observation")).containsExactlyInAnyOrder("anna-3", "ben-3", "cleo-3");
        assertThat(content.ids("Condition")).hasSize(4);
    }

    @Test
    default void aHookMayNarrowThePatientsOfAGroup() {
        var content = twins().onStorage(
                        new At(parameters -> parameters.setPatientIds(List.of("Patient/anna", "Patient/dora"))),
                        () -> twins().same(GROUP + "?_type=Patient,Condition"));
        assertThat(content.ids("Patient")).containsExactly("anna");
        assertThat(content.ids("Condition")).containsExactly("anna");
    }

    @Test
    default void aHookMayNarrowThePatientsOfThePatientLevel() {
        var content = twins().onStorage(
                        new Before(parameters -> parameters.setPatientIds(List.of("Patient/ben", "Patient/dora"))),
                        () -> twins().same("/Patient/$export?_type=Patient,Condition"));
        assertThat(content.ids("Patient")).containsExactlyInAnyOrder("ben", "dora");
        assertThat(content.ids("Condition")).containsExactlyInAnyOrder("ben", "dora");
    }

    @Test
    default void aHookMayRefuse() {
        Consumer<BulkExportJobParameters> refuse = parameters -> {
            throw new ForbiddenOperationException("Not today");
        };
        assertThat(twins().onStorage(new Before(refuse), () -> twins().refusals("/$export?_type=Patient")))
                .containsExactly(403, 403);
        assertThat(twins().onStorage(new At(refuse), () -> twins().refusals(GROUP + "?_type=Patient")))
                .containsExactly(403, 403);
    }

    /** In its own terms, without a line about the plugin (docs/authorization.md). */
    @Test
    default void theBulkExportRulesOfAnAuthorizationInterceptorHold() {
        var rules = new OneGroupOnly();
        assertThat(twins().onRestfulServer(rules, () -> twins().refusals("/$export?_type=Patient")))
                .containsExactly(403, 403);
        assertThat(twins().onRestfulServer(rules, () -> twins().refusals(GROUP + "?_type=Patient,Observation")))
                .containsExactly(403, 403);
        var content = twins().onRestfulServer(rules, () -> twins().same(GROUP + "?_type=Patient,Encounter"));
        assertThat(content.ids("Encounter")).containsExactlyInAnyOrder("anna", "ben", "cleo");
    }

    @Interceptor
    record Before(Consumer<BulkExportJobParameters> change) {

        @Hook(Pointcut.STORAGE_PRE_INITIATE_BULK_EXPORT)
        public void preInitiate(BulkExportJobParameters parameters, RequestDetails request) {
            assertThat(request.getOperation()).isEqualTo("$export");
            change.accept(parameters);
        }
    }

    @Interceptor
    record At(Consumer<BulkExportJobParameters> change) {

        @Hook(Pointcut.STORAGE_INITIATE_BULK_EXPORT)
        public void initiate(BulkExportJobParameters parameters, RequestDetails request) {
            assertThat(request.getOperation()).isEqualTo("$export");
            change.accept(parameters);
        }
    }

    final class OneGroupOnly extends AuthorizationInterceptor {

        @Override
        public List<IAuthRule> buildRuleList(RequestDetails request) {
            return new RuleBuilder()
                    .allow("One Group")
                    .bulkExport()
                    .groupExportOnGroup("Group/ward")
                    .withResourceTypes(List.of("Patient", "Encounter"))
                    .andThen()
                    .allow("What HAPI asks its rules before the initiation")
                    .operation()
                    .named("$export")
                    .onInstancesOfType(Group.class)
                    .andAllowAllResponses()
                    .andThen()
                    .allow("How it goes")
                    .operation()
                    .named("$export-poll-status")
                    .onServer()
                    .andAllowAllResponses()
                    .andThen()
                    .allow("Its files")
                    .operation()
                    .named("$binary-access-read")
                    .onInstancesOfType(Binary.class)
                    .andAllowAllResponses()
                    .andThen()
                    .allow("Its files, with HAPI")
                    .read()
                    .resourcesOfType("Binary")
                    .withAnyId()
                    .build();
        }
    }
}
