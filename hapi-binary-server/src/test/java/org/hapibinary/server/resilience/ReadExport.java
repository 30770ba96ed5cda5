/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.hash.Hashing;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.ExportedGroup;

/**
 * A complete export all of whose files have been read: each is what its entry in the manifest says.
 *
 * @param binaries the ids in the URLs of the files
 * @param exported the ids of the resources by type, as often as there is a line for them
 */
record ReadExport(List<String> binaries, Map<String, List<String>> exported) {

    /**
     * Reads an export that is complete.
     *
     * @param fileResources the most lines that a file may have
     */
    static ReadExport of(ExportClient client, HttpResponse<String> complete, int fileResources) {
        assertThat(complete.statusCode()).as(complete.body()).isEqualTo(200);
        JsonNode manifest = ExportClient.json(complete.body());
        assertThat(manifest.path("error")).as("error").isEmpty();
        List<String> binaries = new ArrayList<>();
        Map<String, List<String>> exported = new TreeMap<>();
        for (JsonNode entry : manifest.path("output")) {
            String type = entry.path("type").asText();
            List<String> lines = linesOf(client, entry);
            assertThat(lines.size()).as("lines of a file").isBetween(1, fileResources);
            for (String line : lines) {
                JsonNode resource = ExportClient.json(line);
                assertThat(resource.path("resourceType").asText()).isEqualTo(type);
                exported.computeIfAbsent(type, any -> new ArrayList<>())
                        .add(resource.path("id").asText());
            }
            binaries.add(ExportedGroup.binaryOf(entry.path("url").asText()));
        }
        return new ReadExport(binaries, exported);
    }

    private static List<String> linesOf(ExportClient client, JsonNode entry) {
        HttpResponse<byte[]> file = client.getBytes(entry.path("url").asText());
        byte[] content = file.body();
        String text = new String(content, StandardCharsets.UTF_8);
        assertThat(file.statusCode()).as(text).isEqualTo(200);
        assertThat((long) content.length)
                .as("size")
                .isEqualTo(entry.path("extension").path("contentLength").asLong());
        assertThat(Hashing.sha256().hashBytes(content))
                .hasToString(entry.path("extension").path("sha256").asText());
        assertThat(text).as("the end of the last line").endsWith("\n");
        List<String> lines = List.of(text.substring(0, text.length() - 1).split("\n", -1));
        assertThat(lines).hasSize(entry.path("count").asInt());
        return lines;
    }

    /** @param expected the ids of the resources by type */
    void assertEachOnce(Map<String, Set<String>> expected) {
        assertThat(exported.keySet()).isEqualTo(expected.keySet());
        expected.forEach((type, ids) -> {
            List<String> lines = exported.getOrDefault(type, List.of());
            assertThat(Set.copyOf(lines)).as(type).isEqualTo(ids);
            assertThat(lines).as("lines of " + type).hasSameSizeAs(ids);
        });
    }
}
