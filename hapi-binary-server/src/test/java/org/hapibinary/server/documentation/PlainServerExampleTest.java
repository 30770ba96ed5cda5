/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.documentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.assertOutcome;
import static org.hapibinary.server.client.Answers.headers;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.FhirVersionEnum;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.h2.jdbcx.JdbcConnectionPool;
import org.hapibinary.ProjectFolder;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.example.PlainServer;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.SmallExport;
import org.hapibinary.testing.FreePorts;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The program of docs/plain-server.md. */
class PlainServerExampleTest {

    @ParameterizedTest
    @EnumSource(
            value = FhirVersionEnum.class,
            names = {"R4", "R4B", "R5"})
    void theExampleExportsItsPatientsInEachVersion(FhirVersionEnum version, @TempDir Path directory) throws Exception {
        FhirContext fhirContext = FhirContext.forCached(version);
        JdbcConnectionPool database = JdbcConnectionPool.create("jdbc:h2:file:" + directory.resolve("h2"), "", "");
        int port = FreePorts.next();
        try (TestIssuer issuer = new TestIssuer();
                PlainServer server = new PlainServer(
                        port, fhirContext, database, directory.resolve("files"), URI.create(issuer.url()))) {
            assertThat(server).isNotNull();
            String audience = ExportClient.nobody(port).base();
            ExportClient client = ExportClient.withBearer(port, issuer.token(audience, "client", "system/*.rs"));
            ExportClient stranger = ExportClient.withBearer(port, issuer.token(audience, "stranger", "system/*.rs"));

            SmallExport export = SmallExport.by(client, "/Group/everybody/$export");

            HttpResponse<String> file = client.get(export.contentUrl("Patient"));
            assertThat(headers(file, "Content-Type")).containsExactly("application/fhir+ndjson");
            assertThat(file.body().lines()).hasSize(100).allSatisfy(line -> assertThat(patientIn(fhirContext, line))
                    .isNotNull());
            assertThat(client.get(export.metadataUrl("Patient")).body())
                    .contains("\"securityContext\":{\"reference\":\"Group/everybody\"}");
            assertThat(client.get("/metadata").body())
                    .contains("\"fhirVersion\":\"" + version.getFhirVersionString() + "\"");
            assertOutcome(stranger.get(export.contentUrl("Patient")), 403, "forbidden");
            assertOutcome(client.kickOff("/Group/nobody/$export"), 404, "not-found");
            assertThat(client.awaitEnd(client.startExport("/$export")).statusCode())
                    .isEqualTo(200);
        } finally {
            database.dispose();
        }
    }

    private static IBaseResource patientIn(FhirContext fhirContext, String line) {
        return fhirContext
                .newJsonParser()
                .parseResource(fhirContext.getResourceDefinition("Patient").getImplementingClass(), line);
    }

    @Test
    void theDocumentationHasTheProgramAsItIs() throws Exception {
        String program = Files.readString(
                ProjectFolder.resolve("hapi-binary-server/src/test/java/org/hapibinary/example/PlainServer.java"));
        String documentation = Files.readString(ProjectFolder.resolve("docs/plain-server.md"));

        assertThat(documentation).contains("```java\n" + program.substring(program.indexOf("package ")) + "```");
    }
}
