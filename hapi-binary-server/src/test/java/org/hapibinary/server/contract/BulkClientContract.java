/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.assertOutcome;

import au.csiro.fhir.auth.AuthConfig;
import au.csiro.fhir.export.BulkExportClient;
import au.csiro.fhir.export.BulkExportResult;
import au.csiro.fhir.export.ws.AsyncConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.hapibinary.server.host.WithExportedGroup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bulk export client of the Australian e-Health Research Centre, as its users run it. */
public interface BulkClientContract extends WithExportedGroup {

    @Test
    default void aBulkClientExportsDownloadsAndDeletes(@TempDir Path folder) throws Exception {
        Path target = folder.resolve("export");
        BulkExportResult result = BulkExportClient.groupBuilder("example-group")
                .withFhirEndpointUrl(group().nobody().base())
                .withTypes(List.of("Patient", "Observation"))
                .withOutputDir(target.toString())
                .withTimeout(Duration.ofMinutes(3))
                .withAsyncConfig(AsyncConfig.builder()
                        .minPoolingDelay(Duration.ofMillis(200))
                        .build())
                .withAuthConfig(AuthConfig.builder()
                        .enabled(true)
                        .useSMART(false)
                        .tokenEndpoint("http://localhost:" + group().server().port() + "/oauth2/token")
                        .clientId("demo-client")
                        .clientSecret("demo-secret")
                        .scope("system/*.rs")
                        .build())
                .build()
                .export();

        assertThat(result.getResults())
                .extracting(file -> Path.of(file.getDestination()).getFileName().toString())
                .as("2,000 observations and more, a thousand in a file")
                .containsExactlyInAnyOrder(
                        "Observation.0000.ndjson",
                        "Observation.0001.ndjson",
                        "Observation.0002.ndjson",
                        "Patient.0000.ndjson");
        for (BulkExportResult.FileResult file : result.getResults()) {
            Path downloaded = Path.of(file.getDestination());
            assertThat(Files.size(downloaded)).isEqualTo(file.getSize());
            assertThat(linesOfType(downloaded, "Patient") + linesOfType(downloaded, "Observation"))
                    .isEqualTo(Files.readAllLines(downloaded).size());
            assertOutcome(group().owner().get(file.getSource().toString()), 404, "not-found");
        }
        assertThat(linesOfType(target.resolve("Patient.0000.ndjson"), "Patient"))
                .isEqualTo(12);
    }

    private static long linesOfType(Path file, String type) throws IOException {
        return Files.readAllLines(file).stream()
                .filter(line -> line.startsWith("{\"resourceType\":\"" + type + "\""))
                .count();
    }
}
