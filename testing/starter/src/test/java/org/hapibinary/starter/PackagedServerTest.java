/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.starter;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.context.FhirContext;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.hapibinary.ProjectFolder;
import org.hapibinary.server.client.Await;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.ServerProcess;
import org.hapibinary.server.world.DemoResources;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packaged server, started as the README says: the tour it prints, pasted into a shell, the commands of docs/api.md
 * and its end.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PackagedServerTest {

    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final String BEGIN = "# 1.";
    private static final String END = "now\\n' -H \"Authorization: Bearer $TOKEN\" \"$FILE\"";

    @TempDir
    static Path directory;

    private static ServerProcess server;
    private static int port;

    @BeforeAll
    static void startTheJar() throws Exception {
        port = FreePorts.next();
        server = ServerProcess.launch(
                ServerProcess.quickJava(
                        "-jar",
                        System.getProperty("server.jar"),
                        "--spring.profiles.active=demo",
                        // the most that a client can write
                        "--logging.level.ca.uhn.fhir.parser.LenientErrorHandler=warn",
                        "--server.port=" + port),
                directory,
                port,
                "/actuator/health/readiness");
        Await.until("the tour on the console", PATIENCE, () -> Files.readString(log())
                .contains(END));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Path log() {
        return directory.resolve("server.log");
    }

    private static String tourIn(String text) {
        return text.substring(text.indexOf(BEGIN), text.indexOf(END, text.indexOf(BEGIN)) + END.length());
    }

    @Test
    @Order(Integer.MIN_VALUE)
    void eachCommandOfTheApisDocumentAnswersAsItSays() throws Exception {
        ApiDocument.assertIsTrue(port, Files.createDirectory(directory.resolve("api")));
    }

    @Test
    void theCommandsOnTheConsoleLeaveTheTwelvePatientsOnDisk() throws Exception {
        Path workplace = Files.createDirectory(directory.resolve("workplace"));
        Process shell = new ProcessBuilder("bash", "-eu", "-c", tourIn(Files.readString(log())))
                .directory(workplace.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(shell.waitFor(1, TimeUnit.MINUTES)).isTrue();

        assertThat(shell.exitValue()).as(output).isZero();
        assertThat(output)
                .contains("12 Patient.ndjson\nagain.ndjson is the same\n")
                .endsWith("the file is answered with 404 now\n");
        List<String> lines = Files.readAllLines(workplace.resolve("Patient.ndjson"));
        assertThat(lines).hasSize(12);
        assertThat(DemoResources.byId(FhirContext.forR4Cached(), lines.stream()))
                .isEqualTo(DemoResources.loaded("Patient"));
    }

    @Test
    void aRefusalIsNoErrorInTheLog() throws IOException {
        assertThat(ExportClient.nobody(port).get("/Binary/x").statusCode()).isEqualTo(401);
        assertThat(ExportClient.nobody(port).get("/Patient").statusCode()).isEqualTo(401);

        assertThat(Files.readString(log())).doesNotContain(" ERROR ", "\tat ");
    }

    /** HAPI logs names of elements that it does not know as they come. */
    @Test
    void nothingThatAClientSendsLooksLikeARecordOfTheLog() throws IOException {
        ExportClient client = ExportClient.bySecret(port, "system/*.cruds system/*.rs");
        String forged = "2001-01-01T00:00:00.000Z  INFO 1 [           main] [] forged : ";
        for (String lineEnd : List.of("\r\n", "\n", "\r", "\u0085", "\u2028")) {
            String text = "x" + lineEnd + forged + lineEnd.length();
            String encoded = URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
            String inJson = text.replace("\r", "\\r").replace("\n", "\\n");
            client.send(
                    "POST",
                    "/Patient",
                    "{\"resourceType\":\"Patient\",\"" + inJson + "\":\"y\",\"birthDate\":\"" + inJson + "\"}",
                    "Content-Type",
                    "application/fhir+json");
            client.send(
                    "POST",
                    "/Patient",
                    "{\"resourceType\":\"Patient\",\"" + inJson + "\":\"y\"}",
                    "Content-Type",
                    "application/fhir+json");
            client.kickOff("/$export?_typeFilter=" + encoded);
            client.kickOff("/$export?_typePostFetchFilterUrl=Observation?status=" + encoded);
            client.kickOff("/Group/" + encoded + "/$export");
            client.get("/Binary/" + encoded + "/$binary-access-read", "Range", "bytes=" + encoded);
            client.get("/$export-poll-status?_jobId=" + encoded, "X-Request-ID", encoded);
            client.get("/Patient?" + encoded + "=" + encoded);
        }

        String log = Files.readString(log());
        assertThat(log).contains("forged");
        assertThat(log.split("[\r\n\u0085\u2028]")).noneMatch(line -> line.startsWith("2001-01-01"));
    }

    @Test
    void theReadmeHasTheSameTour() throws IOException {
        String onConsole = tourIn(Files.readString(log())).replace("localhost:" + port, "localhost:8080");

        assertThat(tourIn(Files.readString(ProjectFolder.resolve("README.md")))).isEqualTo(onConsole);
    }

    @Test
    void theScriptOfTheSecondClientPrintsAToken() throws Exception {
        Process script = new ProcessBuilder(
                        ProjectFolder.resolve("config/demo-jwt-client-token.sh").toString(),
                        "http://localhost:" + port + "/oauth2/token")
                .start();

        assertThat(new String(script.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .matches("[\\w-]+\\.[\\w-]+\\.[\\w-]+\n");
        assertThat(script.waitFor()).isZero();
    }

    /** H2 would close it by a hook of its own, while the server still hands back what it does. */
    @Test
    @Order(Integer.MAX_VALUE)
    void theEmbeddedDatabaseIsClosedAfterTheServer() throws Exception {
        ExportClient.bySecret(port, "system/*.rs").startExport("/$export");

        server.terminate();

        Await.until("the end of the process", PATIENCE, () -> !server.isAlive());
        assertThat(Files.readAllLines(log()))
                .anyMatch(line -> line.contains("Graceful shutdown complete"))
                .noneMatch(line -> line.contains("already closed"));
    }
}
