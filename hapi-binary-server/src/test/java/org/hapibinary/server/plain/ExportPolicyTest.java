/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.assertOutcome;
import static org.hapibinary.server.host.ExportedGroup.ALL_TYPES;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import org.hapibinary.ProjectFolder;
import org.hapibinary.authorization.AskedExport;
import org.hapibinary.authorization.Caller;
import org.hapibinary.authorization.ExportPolicy;
import org.hapibinary.authorization.SmartScopes;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.catalog.KickOffRequest.Level;
import org.hapibinary.example.ContractPolicy;
import org.hapibinary.plainserver.HostedExport;
import org.hapibinary.server.client.ExportClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A host that decides by itself who may export what, and changes its mind. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExportPolicyTest {

    private static final String GROUP = "/Group/example-group/$export?_type=Patient";
    private static final ExportPolicy EVERYTHING = asked -> Optional.empty();

    @TempDir
    static Path directory;

    private final BlockingQueue<HostedExport> begun = new LinkedBlockingQueue<>();
    private final List<AskedExport> questions = new CopyOnWriteArrayList<>();
    private final TestIssuer issuer = new TestIssuer();
    private volatile ExportPolicy policy = EVERYTHING;
    private PlainHost host;
    private ExportClient client;

    @BeforeAll
    void start() throws IOException {
        host = PlainHost.start(
                Clock.systemUTC(),
                (export, kickOff) -> begun.add(export),
                directory,
                issuer,
                settings -> settings.exportPolicy(asked -> {
                    questions.add(asked);
                    return policy.refusalOf(asked);
                }));
        client = host.owner(ALL_TYPES);
    }

    @AfterEach
    void allowEverything() {
        policy = EVERYTHING;
        questions.clear();
        List<HostedExport> left = new ArrayList<>();
        begun.drainTo(left);
        left.forEach(HostedExport::close);
    }

    @AfterAll
    void stop() {
        host.close();
        issuer.close();
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "/$export,SYSTEM,-,-",
                "/Patient/$export,PATIENT,-,-",
                "/Patient/p1/$export,PATIENT,-,p1",
                "/Group/example-group/$export,GROUP,example-group,-",
                "/Group/no-such-group/$export,GROUP,no-such-group,-"
            })
    void thePolicyIsAskedWhatIsExportedByGetAndByPost(String path, Level level, String group, String patient) {
        policy = asked -> Optional.of("Ask the registry for a contract.");

        List<HttpResponse<String>> answers = List.of(
                client.kickOff(path),
                client.kickOffByPost(path, "{\"resourceType\":\"Parameters\"}"),
                client.send("POST", path, "", "Prefer", "respond-async"));

        for (HttpResponse<String> answer : answers) {
            assertOutcome(answer, 403, "forbidden");
            assertThat(answer.body()).contains("Ask the registry for a contract.");
        }
        assertThat(questions).hasSize(answers.size()).allSatisfy(asked -> {
            assertThat(asked.level()).isEqualTo(level);
            assertThat(asked.group()).isEqualTo(group);
            assertThat(asked.patients()).isEqualTo(patient == null ? Set.of() : Set.of(patient));
            assertThat(asked.tenant()).isNull();
            assertThat(asked.caller().clientId()).isEqualTo("demo-client");
        });
    }

    /** This host does not heed the parameter: who may have one patient does not get all. */
    @Test
    void aChoiceOfPatientsThatIsIgnoredDoesNotCount() {
        policy = asked -> asked.patients().equals(Set.of("p1")) ? Optional.empty() : Optional.of("Only p1.");
        String body = "{\"resourceType\":\"Parameters\",\"parameter\":["
                + "{\"name\":\"patient\",\"valueReference\":{\"reference\":\"Patient/p1\"}}]}";
        String[] lenient = {"Prefer", "respond-async, handling=lenient", "Content-Type", "application/fhir+json"};

        for (String path : List.of("/Patient/$export?_type=Patient", GROUP)) {
            assertOutcome(client.get(path + "&patient=Patient/p1", lenient), 403, "forbidden");
            assertOutcome(client.send("POST", path, body, lenient), 403, "forbidden");
        }
        assertOutcome(client.get("/$export?_type=Patient&patient=p1", lenient), 403, "forbidden");
        assertThat(client.get("/Patient/p1/$export?_type=Patient", lenient).statusCode())
                .isEqualTo(202);
    }

    @Test
    void whatIsTakenFromAClientIsTakenFromItsStatusAndItsFilesToo() throws Exception {
        String job = client.startExport(GROUP);
        HostedExport export = begun.remove();
        export.write(
                "Patient",
                new ByteArrayInputStream(
                        "{\"resourceType\":\"Patient\",\"id\":\"a\"}\n".getBytes(StandardCharsets.UTF_8)));
        export.complete();
        String file = ExportClient.json(client.status(job).body())
                .path("output")
                .path(0)
                .path("url")
                .asText();
        String metadata = file.replace("/$binary-access-read", "");
        assertThat(client.get(file).statusCode()).isEqualTo(200);
        questions.clear();

        policy = asked -> "example-group".equals(asked.group()) ? Optional.of("No more.") : Optional.empty();

        for (HttpResponse<String> answer : List.of(
                client.status(job), client.get(file), client.get(metadata), client.get(file, "Range", "bytes=0-1"))) {
            assertOutcome(answer, 403, "forbidden");
            assertThat(answer.body()).contains("No more.");
        }
        assertThat(client.send("HEAD", file, "").statusCode()).isEqualTo(403);
        assertThat(questions).allSatisfy(asked -> assertThat(asked.level()).isEqualTo(Level.GROUP));
        assertOutcome(host.stranger(ALL_TYPES).get(file), 403, "forbidden");
        policy = EVERYTHING;
        assertThat(client.get(file).statusCode()).isEqualTo(200);
    }

    @Test
    void aPolicyThatFailsLetsNothingThrough() {
        policy = asked -> {
            throw new IllegalStateException("The registry of org.example is down");
        };

        assertOutcome(client.kickOff(GROUP), 500, "exception");
        assertThat(client.kickOff(GROUP).body()).doesNotContain("registry");
        assertThat(begun).isEmpty();
    }

    @Test
    void theExampleOfTheDocumentationIsThatOfTheTests() throws Exception {
        String example = Files.readString(
                ProjectFolder.resolve("hapi-binary-server/src/test/java/org/hapibinary/example/ContractPolicy.java"));
        String documentation = Files.readString(ProjectFolder.resolve("docs/authorization.md"));

        assertThat(documentation).contains("```java\n" + example.substring(example.indexOf("/** Clients")) + "```");
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "payer,GROUP,members,north,true",
                "payer,GROUP,members,south,false",
                "payer,GROUP,members,-,false",
                "payer,GROUP,others,north,false",
                "payer,PATIENT,-,north,false",
                "payer,SYSTEM,-,north,false",
                "other,GROUP,members,north,false"
            })
    void theExampleKeepsContracts(String id, Level level, String group, String tenant, boolean allowed) {
        ContractPolicy example = new ContractPolicy(caller -> caller.clientId().equals("payer")
                ? Optional.of(new ContractPolicy.Contract("north", Set.of("members")))
                : Optional.empty());
        Caller caller = new Caller("https://issuer", id, null, SmartScopes.parse(ALL_TYPES));

        assertThat(example.refusalOf(new AskedExport(caller, level, group, Set.of(), tenant))
                        .isEmpty())
                .isEqualTo(allowed);
        assertThat(example.isLimited(caller)).isTrue();
    }
}
