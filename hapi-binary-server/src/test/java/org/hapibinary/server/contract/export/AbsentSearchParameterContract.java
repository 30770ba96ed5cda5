/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.assertOutcome;

import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.hapibinary.server.host.ServerUnderTest;
import org.hapibinary.server.world.ExactWorld;
import org.junit.jupiter.api.Test;

/** What the server cannot tell, or does not have, is said at the kick-off or in the error file. */
public interface AbsentSearchParameterContract {

    ExactWorld world();

    ServerUnderTest server();

    private void retire(String type, String code) {
        world().put(
                        "SearchParameter/retired-" + type + "-" + code,
                        "'url':'http://example.org/" + type + "-" + code + "','name':'" + code + "','status':'retired',"
                                + "'description':'retired','code':'" + code + "','base':['" + type
                                + "'],'type':'reference','expression':'" + type + "." + code
                                + "','target':['Patient']");
        server().bean(ISearchParamRegistry.class).forceRefresh();
    }

    private void restore(String type, String code) {
        world().delete("SearchParameter/retired-" + type + "-" + code);
        server().bean(ISearchParamRegistry.class).forceRefresh();
    }

    @Test
    default void aTypeOfWhichNobodyKnowsAnyMoreWhoseItIsIsRefusedOrReported() {
        world().put("Patient/retired", "'active':true");
        world().put("Account/retired", "'status':'active','subject':[{'reference':'Patient/retired'}]");
        assertThat(world().exported("/Patient/retired/$export?_type=Account")).containsExactly("Account/retired");
        retire("Account", "subject");
        retire("Account", "patient");
        try {
            HttpResponse<String> refused = world().client().kickOff("/Patient/retired/$export?_type=Account,Patient");
            assertOutcome(refused, 400, "invalid");
            assertThat(refused.body()).contains("Account", "search parameter", "subject");

            JsonNode manifest = world().manifest("/Patient/retired/$export");
            assertThat(ExactWorld.referencesIn(world().client(), manifest)).containsExactly("Patient/retired");
            assertThat(world().errors(manifest)).singleElement().asString().contains("Account is missing", "subject");
            assertThat(world().exported("/$export?_type=Account")).contains("Account/retired");
        } finally {
            restore("Account", "subject");
            restore("Account", "patient");
        }
        assertThat(world().exported("/Patient/retired/$export?_type=Account")).containsExactly("Account/retired");
    }

    @Test
    default void aTypeOfWhichSomeMayBeMissingIsReported() {
        retire("Observation", "performer");
        try {
            JsonNode manifest = world().manifest("/Patient/one/$export?_type=Observation,Patient");
            assertThat(ExactWorld.referencesIn(world().client(), manifest))
                    .containsExactly("Observation/one", "Patient/one");
            assertThat(world().errors(manifest))
                    .singleElement()
                    .asString()
                    .contains("Some Observation may be missing", "performer");
        } finally {
            restore("Observation", "performer");
        }
    }

    @Test
    default void aFilterByASearchParameterThatWasRetiredIsRefusedOrReported() {
        retire("Encounter", "subject");
        String filtered = "/$export?_type=Encounter&_typeFilter=Encounter%3Fsubject%3DPatient%2Fone";
        try {
            HttpResponse<String> refused = world().client().kickOff(filtered);
            assertOutcome(refused, 400, "invalid");
            assertThat(refused.body()).contains("subject");

            JsonNode manifest =
                    world().manifestOf(world().client().get(filtered, "Prefer", "respond-async, handling=lenient"));
            assertThat(ExactWorld.referencesIn(world().client(), manifest)).contains("Encounter/one", "Encounter/two");
            assertThat(world().errors(manifest)).singleElement().asString().contains("subject");
        } finally {
            restore("Encounter", "subject");
        }
    }

    @Test
    default void aTypeThatTheServerDoesNotHaveIsRefusedByItsName() {
        DaoRegistry daos = server().bean(DaoRegistry.class);
        Set<String> all = new TreeSet<>(daos.getRegisteredDaoTypes());
        Set<String> some = new TreeSet<>(all);
        some.removeAll(List.of("Observation", "Practitioner"));
        daos.setSupportedResourceTypes(some);
        try {
            for (String level :
                    List.of("/$export", "/Patient/$export", "/Patient/one/$export", "/Group/ward/$export")) {
                HttpResponse<String> refused = world().client().kickOff(level + "?_type=Patient,Observation");
                assertOutcome(refused, 400, "invalid");
                assertThat(refused.body()).contains("Observation", "does not have resources of this type");
            }
            JsonNode manifest = world().manifest("/Group/ward/$export");
            assertThat(ExactWorld.referencesIn(world().client(), manifest))
                    .contains("Patient/one", "Encounter/one")
                    .noneMatch(reference -> reference.startsWith("Observation/"));
            assertThat(manifest.path("error")).isEmpty();
        } finally {
            daos.setSupportedResourceTypes(all);
        }
    }
}
