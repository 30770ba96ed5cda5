/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that dies in the middle of an export, at its beginning and while files are written, and is started again. */
class KilledServerTest {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String[] IMPATIENT = {
        "hapi.binary.bulk-export.stalled-after=5s", "hapi.binary.sweep-interval=1s"
    };

    @TempDir
    static Path directory;

    @Test
    void anExportEndsWithEveryResourceOnceAndNothingIsLeftOver() throws IOException {
        int port = RunningServer.freePort();
        String early;
        String late;
        try (ServerProcess server = ServerProcess.start(directory, port, IMPATIENT)) {
            early = ExportClient.bySecret(server.port(), "system/*.rs").startExport("/Group/example-group/$export");
            server.kill();
        }
        try (ServerProcess server = ServerProcess.start(directory, port, IMPATIENT)) {
            ExportClient client = ExportClient.bySecret(server.port(), "system/*.rs");
            assertThat(client.awaitEnd(early).statusCode()).isEqualTo(200);
            client.send("DELETE", "/$export-poll-status/" + early, "");
            await("the sweep of the first export", () -> storedBinaries("").isEmpty());
            late = client.startExport("/Group/example-group/$export");
            await("a first file of the second export", () -> !storedBinaries(".bin")
                    .isEmpty());
            server.kill();
        }
        try (ServerProcess server = ServerProcess.start(directory, port, IMPATIENT)) {
            ExportClient client = ExportClient.bySecret(server.port(), "system/*.rs");
            HttpResponse<String> complete = client.awaitEnd(late);
            assertThat(complete.statusCode()).as(complete.body()).isEqualTo(200);
            JsonNode output = ExportClient.json(complete.body()).path("output");

            Map<String, Long> lines = new HashMap<>();
            Map<String, Map<String, String>> exported = new TreeMap<>();
            for (JsonNode item : output) {
                HttpResponse<String> file = client.get(item.path("url").asText());
                assertThat(file.statusCode()).as(file.body()).isEqualTo(200);
                lines.merge(item.path("type").asText(), file.body().lines().count(), Long::sum);
                exported.computeIfAbsent(item.path("type").asText(), type -> new TreeMap<>())
                        .putAll(DemoResources.byId(file.body().lines()));
            }
            assertThat(exported).hasSize(11);
            exported.forEach((type, resources) -> {
                assertThat(resources).as(type).isEqualTo(DemoResources.exported(type, client.base()));
                assertThat(lines).as("each once").containsEntry(type, (long) resources.size());
            });
            Set<String> listed = ExportClient.json(complete.body()).findValuesAsText("url").stream()
                    .map(url -> url.split("/", -1)[5])
                    .collect(Collectors.toSet());
            await("the sweep", () -> storedBinaries("").equals(listed));
        }
    }

    private static Set<String> storedBinaries(String extension) {
        Path store = directory.resolve("binary");
        List<String> names;
        try (Stream<Path> files = Files.walk(store)) {
            names = files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(extension))
                    .toList();
        } catch (NoSuchFileException e) {
            return Set.of();
        } catch (IOException | UncheckedIOException e) {
            return storedBinaries(extension);
        }
        return names.stream().map(name -> name.split("_", -1)[1]).collect(Collectors.toSet());
    }

    private static void await(String what, BooleanSupplier condition) {
        Instant deadline = Instant.now().plus(PATIENCE);
        while (!condition.getAsBoolean()) {
            assertThat(Instant.now())
                    .as("waiting for %s; in the store: %s", what, storedBinaries(""))
                    .isBefore(deadline);
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }
}
