/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hapibinary.server.client.Answers.assertOutcome;
import static org.hapibinary.server.client.ExportClient.DOWNLOAD;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import ca.uhn.fhir.util.BundleBuilder;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.RunningServer;
import org.hapibinary.testing.FreePorts;
import org.hl7.fhir.r4.model.Binary;
import org.hl7.fhir.r4.model.Group;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Reference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The plugin beside a host's own {@code AuthorizationInterceptor}, with callers that the host knows by other means. */
class GuardedHostTest {

    private static final String GROUP_EXPORT = "/Group/example-group/$export?_type=Patient,Observation";

    @TempDir
    static Path directory;

    private static RunningServer server;
    private static ExportClient client;
    private static String job;
    private static HttpResponse<String> manifest;

    @BeforeAll
    static void exportTheGroup() {
        int port = FreePorts.next();
        server = RunningServer.startWithoutDemo(
                port,
                directory,
                "spring.profiles.active=" + GuardedHost.PROFILE,
                "management.endpoints.web.exposure.include=*",
                "hapi.binary.base-url=http://localhost:" + port + "/fhir",
                "spring.datasource.url=jdbc:h2:file:" + directory.resolve("h2/fhir"));
        loadAGroupOfOne();
        client = ExportClient.nobody(port);
        HttpResponse<String> kickOff = as("alice", "GET", GROUP_EXPORT, "Prefer", "respond-async");
        assertThat(kickOff.statusCode()).as(kickOff.body()).isEqualTo(202);
        String location = kickOff.headers().firstValue("Content-Location").orElseThrow();
        job = location.substring(location.indexOf('=') + 1);
        manifest = await().atMost(Duration.ofMinutes(3))
                .until(() -> as("alice", "GET", "/$export-poll-status/" + job), status -> status.statusCode() != 202);
    }

    @SuppressWarnings("unchecked") // the server is one for R4
    private static void loadAGroupOfOne() {
        Patient patient = new Patient();
        patient.setId("Patient/of-group");
        Observation observation = new Observation().setSubject(new Reference(patient.getId()));
        observation.setId("Observation/of-patient");
        Binary document = new Binary().setContentType("text/plain").setData(new byte[] {'x'});
        document.setId("Binary/document");
        Group group = new Group();
        group.setId("Group/example-group");
        group.addMember().setEntity(new Reference(patient.getId()));
        BundleBuilder transaction = new BundleBuilder(server.bean(FhirContext.class));
        Group other = group.copy();
        other.setId("Group/other-group");
        List.of(patient, observation, document, group, other).forEach(transaction::addTransactionUpdateEntry);
        server.bean(IFhirSystemDao.class).transaction(new SystemRequestDetails(), transaction.getBundle());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static HttpResponse<String> as(String name, String method, String path, String... headers) {
        String[] all = Arrays.copyOf(headers, headers.length + 2);
        all[headers.length] = GuardedHost.CLIENT_HEADER;
        all[headers.length + 1] = name;
        return client.send(method, path, "", all);
    }

    private static String file(String type) {
        for (JsonNode item : ExportClient.json(manifest.body()).path("output")) {
            if (item.path("type").asText().equals(type)) {
                return item.path("url").asText();
            }
        }
        throw new IllegalStateException(manifest.body());
    }

    private static String binary(String type) {
        String url = file(type);
        return url.substring(0, url.length() - DOWNLOAD.length());
    }

    @Test
    void whoeverTheHostKnowsAsTheOwnerHasTheExport() {
        assertThat(manifest.statusCode()).as(manifest.body()).isEqualTo(200);
        assertThat(as("alice", "GET", "/$export-poll-status/" + job).statusCode())
                .isEqualTo(200);
        assertThat(as("alice", "GET", binary("Observation")).statusCode()).isEqualTo(200);
        assertThat(as("alice", "GET", file("Observation")).statusCode()).isEqualTo(200);
        assertThat(as("alice", "GET", binary("Observation"), "Accept", "application/fhir+ndjson")
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void anotherClientOfTheHostHasNot() {
        assertOutcome(as("bob", "GET", "/$export-poll-status/" + job), 403, "forbidden");
        assertOutcome(as("bob", "DELETE", "/$export-poll-status/" + job), 403, "forbidden");
        assertOutcome(as("bob", "GET", binary("Patient")), 403, "forbidden");
        assertOutcome(as("bob", "GET", file("Patient")), 403, "forbidden");
    }

    @Test
    void theOperatorsEndpointIsNotThereWhereverAllAreExposed() {
        String origin = client.base().replace("/fhir", "");

        assertThat(client.get(origin + "/actuator/metrics").statusCode()).isEqualTo(200);
        for (String task : List.of("orphans", "sweep")) {
            assertThat(client.send("POST", origin + "/actuator/hapibinary/" + task, "")
                            .statusCode())
                    .isEqualTo(404);
        }
    }

    @Test
    void whomTheHostDoesNotKnowHasNothing() {
        assertOutcome(client.get("/$export-poll-status/" + job), 401, "login");
        assertOutcome(client.get(binary("Patient")), 401, "login");
        assertOutcome(client.get(file("Patient")), 401, "login");
        assertOutcome(client.kickOff(GROUP_EXPORT), 401, "login");
    }

    @Test
    void theHostsOwnRulesHoldForTheRest() {
        assertThat(client.get("/Patient").statusCode()).isEqualTo(200);
        assertThat(as("alice", "GET", "/Observation").statusCode()).isEqualTo(403);
        assertThat(as("alice", "GET", "/Binary").statusCode()).isEqualTo(403);
        assertThat(as("alice", "GET", "/_history").statusCode()).isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/Group/other-group/$export?_type=Patient",
                "/Group/example-group/$export?_type=Patient,Encounter",
                "/Group/example-group/$export",
                "/Patient/$export?_type=Patient",
                "/Patient/of-group/$export?_type=Patient",
                "/$export?_type=Patient"
            })
    void theHostsOwnRulesHoldForKickOffs(String kickOff) {
        assertThat(as("alice", "GET", kickOff, "Prefer", "respond-async").statusCode())
                .isEqualTo(403);
    }

    @Test
    void aPassageThroughThePluginIsNoneForTheHostsResources() {
        assertThat(as("alice", "GET", "/Observation/x/$export-poll-status").statusCode())
                .isEqualTo(404);
        assertThat(as("alice", "GET", "/Binary/document").statusCode()).isEqualTo(404);
    }
}
