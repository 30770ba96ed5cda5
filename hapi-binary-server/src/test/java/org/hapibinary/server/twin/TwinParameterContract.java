/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.twin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.twin.TwinRecord.GROUP;
import static org.hapibinary.server.twin.TwinRecord.LOCAL_CODES;
import static org.hapibinary.server.twin.TwinRecord.SHARED_CODES;

import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.rest.server.interceptor.ResponseTerminologyTranslationSvc;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.springframework.context.ApplicationContext;

/** What a client may ask for where HAPI's job and CONTRACT §3.2 agree, and what a host sets for all. */
interface TwinParameterContract {

    TwinHosts twins();

    @Test
    default void anExportOfTheSystemIsTheSame() {
        var content = twins().same("/$export");
        assertThat(twins().waysOfReading()).containsExactly("stored");
        assertThat(content.resources())
                .containsOnlyKeys("ConceptMap", "Condition", "Encounter", "Group", "Observation", "Patient");
        assertThat(content.ids("Observation")).hasSize(12);
    }

    @Test
    default void anExportOfAGroupIsTheSame() {
        var content = twins().same(GROUP);
        assertThat(twins().waysOfReading()).containsExactly("stored");
        assertThat(content.ids("Patient")).containsExactlyInAnyOrder("anna", "ben", "cleo");
        assertThat(content.ids("Observation")).hasSize(10);
        assertThat(content.ids("Group")).containsExactly("ward");
    }

    @Test
    default void anExportOfAllPatientsIsTheSame() {
        var content = twins().same("/Patient/$export?_type=Patient,Observation,Encounter");
        assertThat(content.ids("Patient")).hasSize(5);
        assertThat(content.ids("Observation")).hasSize(12);
    }

    @Test
    default void anExportOfOnePatientIsTheSame() {
        var content = twins().same("/Patient/anna/$export?_type=Patient,Observation");
        assertThat(content.ids("Patient")).containsExactly("anna");
        assertThat(content.ids("Observation")).containsExactlyInAnyOrder("anna-1", "anna-2", "anna-3");
    }

    /** HAPI takes them in a POST only. */
    @Test
    default void anExportOfSomePatientsIsTheSame() {
        var content = twins().same(
                        "/Patient/$export",
                        """
                {"resourceType":"Parameters","parameter":[
                  {"name":"_type","valueString":"Patient,Condition"},
                  {"name":"patient","valueReference":{"reference":"Patient/ben"}},
                  {"name":"patient","valueReference":{"reference":"Patient/dora"}}
                ]}""");
        assertThat(content.ids("Patient")).containsExactlyInAnyOrder("ben", "dora");
        assertThat(content.ids("Condition")).containsExactlyInAnyOrder("ben", "dora");
    }

    @Test
    default void allVersionsAreExportedWhereHistoryIsIncluded() {
        var content = twins().same("/$export?_includeHistory=true&_type=Patient,Observation");
        assertThat(content.ids("Observation"))
                .hasSize(15)
                .filteredOn("anna-1"::equals)
                .hasSize(3);
        assertThat(content.ids("Patient")).hasSize(6).filteredOn("anna"::equals).hasSize(2);
    }

    @Test
    default void allVersionsOfAGroupsResourcesAreExportedWhereHistoryIsIncluded() {
        var content = twins().same(GROUP + "?_includeHistory=true&_type=Patient,Observation");
        assertThat(content.ids("Observation"))
                .hasSize(13)
                .filteredOn("anna-1"::equals)
                .hasSize(3);
    }

    @Test
    default void aFilterAfterTheSearchLeavesOutWhatItDoesNotMatch() {
        var content = twins().same("/$export?_type=Observation,Condition&_typePostFetchFilterUrl="
                + encoded("Observation?status=preliminary"));
        assertThat(content.ids("Observation")).containsExactlyInAnyOrder("anna-2", "ben-2", "cleo-2", "dora-2");
        assertThat(content.ids("Condition")).hasSize(4);
    }

    @Test
    default void severalFiltersAfterTheSearchAreAlternatives() {
        var content = twins().same(GROUP + "?_type=Observation&_typePostFetchFilterUrl="
                + encoded("Observation?status=preliminary")
                + "&_typePostFetchFilterUrl="
                + encoded("Observation?_tag=https://example.org/rounds|round-3"));
        assertThat(content.ids("Observation"))
                .containsExactlyInAnyOrder("anna-2", "ben-2", "cleo-2", "anna-3", "ben-3", "cleo-3");
    }

    @Test
    default void oneFilterNarrowsItsTypeOnly() {
        var content = twins().same("/$export?_type=Observation,Condition&_typeFilter="
                + encoded("Observation?status=preliminary"));
        assertThat(content.ids("Observation")).containsExactlyInAnyOrder("anna-2", "ben-2", "cleo-2", "dora-2");
        assertThat(content.ids("Condition")).hasSize(4);
    }

    @Test
    default void severalFiltersOfATypeAreAlternatives() {
        String filters = "&_typeFilter=" + encoded("Observation?status=preliminary,Observation?value-quantity=gt80")
                + "&_typeFilter=" + encoded("Observation?status=preliminary&value-quantity=71.5");
        var system = twins().same("/$export?_type=Observation" + filters);
        assertThat(system.ids("Observation"))
                .containsExactlyInAnyOrder("anna-1", "anna-2", "ben-2", "cleo-2", "cleo-4", "dora-2");
        var group = twins().same(GROUP + "?_type=Observation" + filters);
        assertThat(group.ids("Observation")).containsExactlyInAnyOrder("anna-1", "anna-2", "ben-2", "cleo-2", "cleo-4");
        var patients = twins().same("/Patient/$export?_type=Observation" + filters);
        assertThat(patients.ids("Observation")).isEqualTo(system.ids("Observation"));
    }

    /** The boundary itself is in, at both ends. */
    @Test
    default void sinceAndUntilBoundTheLastUpdate() {
        String update = twins().same("/$export?_type=Observation&_typeFilter=" + encoded("Observation?_id=ben-2"))
                .parsed("Observation")
                .map(observation -> observation.at("/meta/lastUpdated").asText())
                .findFirst()
                .orElseThrow();
        String system = "/$export?_type=Patient,Observation";

        var since = twins().same(system + "&_since=" + encoded(update));
        assertThat(since.ids("Observation")).containsExactlyInAnyOrder("anna-1", "ben-2", "cleo-4");
        assertThat(since.ids("Patient")).containsExactlyInAnyOrder("anna", "golden");

        var until = twins().same(system + "&_until=" + encoded(update));
        assertThat(until.ids("Observation"))
                .containsExactlyInAnyOrder(
                        "anna-2", "anna-3", "ben-1", "ben-2", "ben-3", "cleo-1", "cleo-2", "cleo-3", "dora-1",
                        "dora-2");
        assertThat(until.ids("Patient")).containsExactlyInAnyOrder("anna", "ben", "cleo", "dora");

        var both = twins().same(system + "&_since=" + encoded(update) + "&_until=" + encoded(update));
        assertThat(both.ids("Observation")).containsExactly("ben-2");
        assertThat(both.ids("Patient")).containsExactly("anna");

        var history = twins().same(system + "&_includeHistory=true&_since=" + encoded(update));
        assertThat(history.ids("Observation")).containsExactlyInAnyOrder("anna-1", "anna-1", "ben-2", "cleo-4");
    }

    @Test
    default void aGroupIsExpandedByMasterDataWhereItIsAskedFor() {
        var content = twins().same(GROUP + "?_mdm=true&_type=Patient,Condition");
        assertThat(content.ids("Patient")).containsExactlyInAnyOrder("anna", "ben", "cleo", "dora", "golden");
        assertThat(content.ids("Condition")).containsExactlyInAnyOrder("anna", "ben", "cleo", "dora");
    }

    @Test
    default void aPatientIsExpandedByMasterDataWhereItIsAskedFor() {
        var content = twins().same("/Patient/anna/$export?_mdm=true&_type=Patient,Condition");
        assertThat(content.ids("Patient")).containsExactlyInAnyOrder("anna", "dora", "golden");
        assertThat(content.ids("Condition")).containsExactlyInAnyOrder("anna", "dora");
    }

    @Test
    default void codesAreTranslatedWhereTheHostNormalizesTerminology() {
        twins().inBoth(host -> normalize(host, true));
        try {
            var content = twins().same(GROUP + "?_type=Condition,Observation");
            assertThat(twins().waysOfReading()).containsExactly("parsed");
            assertThat(content.parsed("Condition")).hasSize(3).allSatisfy(condition -> assertThat(
                            condition.at("/code/coding/1/system").asText())
                    .isEqualTo(SHARED_CODES));
        } finally {
            twins().inBoth(host -> normalize(host, false));
        }
    }

    private static void normalize(ApplicationContext host, boolean normalize) {
        host.getBean(JpaStorageSettings.class).setNormalizeTerminologyForBulkExportJobs(normalize);
        ResponseTerminologyTranslationSvc translation = host.getBean(ResponseTerminologyTranslationSvc.class);
        translation.addMappingSpecification(LOCAL_CODES, SHARED_CODES);
    }

    private static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }
}
