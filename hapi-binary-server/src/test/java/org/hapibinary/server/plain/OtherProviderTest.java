/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.assertOutcome;
import static org.hapibinary.server.host.ExportedGroup.ALL_TYPES;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.annotation.IdParam;
import ca.uhn.fhir.rest.annotation.Operation;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.servlet.ServletRequestDetails;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.SmallExport;
import org.hapibinary.server.contract.authorization.Door;
import org.hapibinary.server.host.ExportedGroup;
import org.hl7.fhir.instance.model.api.IBaseParameters;
import org.hl7.fhir.instance.model.api.IIdType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A host that has registered another provider of the status after the plugin, one that tells everybody everything. */
class OtherProviderTest {

    private static final String ANSWER = "the export of somebody";

    @TempDir
    static Path directory;

    private static ExportedGroup group;

    @BeforeAll
    static void exportTheGroup() throws Exception {
        group = new ExportedGroup(PlainHost.of(FhirContext.forR4Cached()), directory);
        group.server().bean(RestfulServer.class).registerProvider(new TellsEverything());
    }

    @AfterAll
    static void stop() {
        group.close();
    }

    /** As HAPI's own. */
    public static final class TellsEverything {

        @Operation(name = "$export-poll-status", idempotent = true, deleteEnabled = true, manualResponse = true)
        public void status(ServletRequestDetails request) throws IOException {
            answer(request);
        }

        @Operation(
                name = "$export-poll-status",
                idempotent = true,
                deleteEnabled = true,
                manualResponse = true,
                global = true)
        public void statusOf(@IdParam IIdType id, ServletRequestDetails request) throws IOException {
            answer(request);
        }

        private static void answer(ServletRequestDetails request) throws IOException {
            String body = request.getResource() instanceof IBaseParameters ? " by its body" : "";
            request.getServletResponse().getOutputStream().write((ANSWER + body).getBytes(StandardCharsets.UTF_8));
        }
    }

    static Stream<Door> doors() {
        return Door.toStatus(new SmallExport(group.jobId(), "")).stream();
    }

    @ParameterizedTest
    @MethodSource("doors")
    void tellsTheOwnerAndNobodyElse(Door door) {
        assertThat(door.open(group.owner()).body()).isEqualTo(ANSWER);
        assertOutcome(door.open(group.stranger()), 403, "forbidden");
        assertOutcome(door.open(group.testClient(ALL_TYPES)), 403, "forbidden");
        assertOutcome(door.open(group.owner("system/Patient.rs")), 403, "forbidden");
        assertOutcome(door.open(group.nobody()), 401, "login");
    }

    @Test
    void tellsNothingOfAJobThatIsNamedBesideOneOfOnesOwn() {
        String own = group.ofTestClient().jobId();
        ExportClient client = group.testClient(ALL_TYPES);
        for (String url : List.of(
                "/$export-poll-status?_jobId=" + own + "&_jobId=" + group.jobId(),
                "/$export-poll-status?_jobId=" + own + "&_id=" + group.jobId(),
                "/$export-poll-status/" + own + "?_jobId=" + group.jobId(),
                "/$export-poll-status/" + group.jobId() + "?_jobId=" + own)) {
            for (String method : List.of("GET", "POST", "DELETE")) {
                assertOutcome(client.send(method, url, ""), 403, "forbidden");
            }
        }
        assertOutcome(client.status("no-such-job"), 404, "not-found");
    }

    @Test
    void tellsNothingOfAJobThatTheBodyNames() {
        String url = "/$export-poll-status";
        for (String name : List.of("_jobId", "_id")) {
            String body = "{\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"" + name
                    + "\",\"valueString\":\"" + group.jobId() + "\"}]}";
            HttpResponse<String> ofStranger =
                    group.stranger().send("POST", url, body, "Content-Type", "application/fhir+json");

            assertOutcome(ofStranger, 403, "forbidden");
            assertThat(group.owner()
                            .send("POST", url, body, "Content-Type", "application/fhir+json")
                            .body())
                    .isEqualTo(ANSWER + " by its body");
        }
    }
}
