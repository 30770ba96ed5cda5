/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.starter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.world.ExactWorld;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What is otherwise in FHIR R5 than in R4, on a host like the starter. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExportInR5Test {

    private static final String AGENT = "'agent':[{'who':{'reference':'Organization/shared'}}]";

    @TempDir
    static Path directory;

    private StarterLike server;
    private ExportClient client;

    @BeforeAll
    void start() {
        server = StarterLike.startWithoutData(
                directory,
                "hapi.fhir.fhir_version=R5",
                "hapi.binary.bulk-export.transaction-margin=100ms",
                "hapi.binary.audit.sink=fhir");
        client = server.owner("system/*.*");
        client.put("Organization/shared", "'name':'shared'");
        for (String id : List.of("one", "two")) {
            client.put("Patient/" + id, "'managingOrganization':{'reference':'Organization/shared'}");
        }
        client.put("Group/one", "'membership':'enumerated','member':[{'entity':{'reference':'Patient/one'}}]");
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @Test
    void provenanceIsOfItsPatientWhateverElseItIsOf() {
        provenance("of-one", "'patient':{'reference':'Patient/one'},", "Organization/shared");
        provenance("of-two", "'patient':{'reference':'Patient/two'},", "Organization/shared");
        provenance("about-two", "", "Organization/shared", "Patient/two");
        provenance("of-nobody", "", "Organization/shared");

        for (String level : List.of("/Patient/one/$export", "/Group/one/$export")) {
            assertThat(ExactWorld.exported(client, level + "?_type=Provenance"))
                    .contains("Provenance/of-one", "Provenance/of-nobody")
                    .doesNotContain("Provenance/of-two", "Provenance/about-two");
        }
    }

    @Test
    void provenanceThatWasAboutAnotherPatientIsNotPartOfAHistory() {
        provenance("changed", "", "Patient/two");
        provenance("changed", "", "Organization/shared");

        JsonNode manifest = ExactWorld.manifest(client, "/Group/one/$export?_type=Provenance&_includeHistory=true");

        assertThat(ExactWorld.lines(client, manifest, "output"))
                .filteredOn(line -> line.contains("\"changed\""))
                .singleElement()
                .asString()
                .doesNotContain("Patient/two");
    }

    private void provenance(String id, String patient, String... targets) {
        List<String> references = new ArrayList<>();
        for (String target : targets) {
            references.add("{'reference':'" + target + "'}");
        }
        client.put(
                "Provenance/" + id,
                patient + "'target':[" + String.join(",", references) + "],'recorded':'2024-01-01T00:00:00Z'," + AGENT);
    }

    @Test
    void theDeletionOfEachTypeIsExported() {
        String begun = Instant.now().toString();
        List<String> deleted = List.of("NutritionIntake/of-one", "RequestOrchestration/of-one");
        for (String id : List.of("one", "two")) {
            client.put(
                    "NutritionIntake/of-" + id,
                    "'status':'completed','code':{'text':'x'},'subject':{'reference':'Patient/" + id + "'},"
                            + "'reportedReference':{'reference':'Patient/" + id + "'},"
                            + "'consumedItem':[{'type':{'text':'x'},'nutritionProduct':{'concept':{'text':'x'}}}]");
            client.put(
                    "RequestOrchestration/of-" + id,
                    "'status':'active','intent':'plan','subject':{'reference':'Organization/shared'},"
                            + "'action':[{'participant':[{'actorReference':{'reference':'Patient/" + id + "'}}]},"
                            + "{'participant':[{'actorCanonical':'http://example.org/actor'}]}]");
        }
        assertThat(ExactWorld.exported(client, "/Group/one/$export?_type=NutritionIntake,RequestOrchestration"))
                .containsExactlyInAnyOrderElementsOf(deleted);
        for (String type : List.of("NutritionIntake", "RequestOrchestration")) {
            for (String id : List.of("one", "two")) {
                assertThat(client.send("DELETE", "/" + type + "/of-" + id, "").statusCode())
                        .isIn(200, 204);
            }
        }

        JsonNode manifest = ExactWorld.manifest(
                client, "/Group/one/$export?_type=NutritionIntake,RequestOrchestration&_since=" + begun);

        assertThat(ExactWorld.lines(client, manifest, "deleted"))
                .extracting(line ->
                        ExportClient.json(line).at("/entry/0/request/url").asText())
                .containsExactlyInAnyOrderElementsOf(deleted);
        assertThat(manifest.path("error")).isEmpty();
    }

    @Test
    void aPatientsAuditEventsAreFound() {
        ExactWorld.exported(client, "/Patient/one/$export?_type=Patient");

        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(
                        ExportClient.json(client.get("/AuditEvent?patient=Patient/one", "Cache-Control", "no-cache")
                                        .body())
                                .path("total")
                                .asInt())
                .isPositive());
    }
}
