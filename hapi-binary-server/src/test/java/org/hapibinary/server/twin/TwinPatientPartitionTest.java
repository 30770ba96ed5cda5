/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.twin;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import ca.uhn.fhir.rest.server.interceptor.consent.ConsentInterceptor;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ApplicationContext;

/** A server that keeps each patient's record in a partition of its own, as HAPI's interceptor for it does. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TwinPatientPartitionTest {

    private static final String WARD = "/Group/ward/$export?_type=Patient,Observation,Group";

    @TempDir
    static Path directory;

    private TwinHosts twins;

    @BeforeAll
    void start() throws Exception {
        twins = TwinHosts.start(directory, TwinHost.Partitions.BY_PATIENT, TwinPatientPartitionTest::load);
    }

    private static void load(ApplicationContext host) {
        for (String name : List.of("anna", "ben", "cleo")) {
            TwinRecord.store(host, new SystemRequestDetails(), TwinRecord.recordOf(name));
        }
        TwinRecord.store(host, new SystemRequestDetails(), List.of(TwinRecord.group("ward", List.of("anna", "ben"))));
    }

    @AfterAll
    void stop() {
        twins.close();
    }

    @Test
    void aGroupHasTheRecordsOfItsMembersWhereverTheyAre() {
        var content = twins.same(WARD);
        assertThat(content.ids("Patient")).containsExactlyInAnyOrder("anna", "ben");
        assertThat(content.ids("Observation"))
                .containsExactlyInAnyOrder("anna-1", "anna-2", "anna-3", "ben-1", "ben-2", "ben-3");
        assertThat(content.ids("Group")).containsExactly("ward");
    }

    @Test
    void itHasSoWhereConsentIsAsked() {
        ConsentInterceptor consent = new ConsentInterceptor(new TwinConsentContract.Masks());
        var content = twins.onStorage(consent, () -> twins.same(WARD));
        assertThat(content.ids("Observation")).containsExactlyInAnyOrder("anna-1", "anna-2", "ben-1", "ben-2");
    }

    @Test
    void itHasSoWhereAnInclusionHookIsAsked() {
        var content = twins.onStorage(new TwinHookContract.NoSecondOnes(), () -> twins.same(WARD));
        assertThat(content.ids("Observation")).containsExactlyInAnyOrder("anna-1", "anna-3", "ben-1", "ben-3");
    }

    @Test
    void anExportOfTheSystemIsOneOfAllPartitions() {
        var content = twins.same("/$export?_type=Patient,Observation,Group");
        assertThat(content.ids("Patient")).containsExactlyInAnyOrder("anna", "ben", "cleo");
        assertThat(content.ids("Observation")).hasSize(9);
        assertThat(content.ids("Group")).containsExactly("ward");
    }

    @Test
    void anExportOfAPatientIsOneOfTheirPartition() {
        var content = twins.same("/Patient/cleo/$export?_type=Patient,Observation");
        assertThat(content.ids("Patient")).containsExactly("cleo");
        assertThat(content.ids("Observation")).containsExactlyInAnyOrder("cleo-1", "cleo-2", "cleo-3");
    }
}
