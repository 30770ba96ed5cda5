/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** The lines of an export, each as it is in its file. */
public final class ExportedLines {

    private static final int SHOWN = 60;

    private ExportedLines() {}

    /** By type and id. */
    public static Map<String, String> by(ExportClient client, String kickOff) {
        Map<String, String> lines = new TreeMap<>();
        for (JsonNode file :
                ExportClient.json(SmallExport.by(client, kickOff).manifest()).path("output")) {
            String type = file.path("type").asText();
            HttpResponse<byte[]> content = client.getBytes(file.path("url").asText());
            assertThat(content.statusCode()).isEqualTo(200);
            String text = new String(content.body(), StandardCharsets.UTF_8);
            assertThat(text).endsWith("\n");
            String[] ofFile = text.substring(0, text.length() - 1).split("\n", -1);
            assertThat(ofFile).as(type).hasSize(file.path("count").asInt());
            for (String line : ofFile) {
                JsonNode resource = ExportClient.json(line);
                assertThat(resource.path("resourceType").asText()).isEqualTo(type);
                String name = type + "/" + resource.path("id").asText();
                assertThat(lines.put(name, line)).as("%s comes once", name).isNull();
            }
        }
        return lines;
    }

    /** Says where the first difference is; lines may be long. */
    public static void assertSame(Map<String, String> lines, Map<String, String> expected) {
        assertThat(lines.keySet()).isEqualTo(expected.keySet());
        Map<String, String> differences = new TreeMap<>();
        expected.forEach((name, line) -> {
            String exported = String.valueOf(lines.get(name));
            // what no character set can express is a question mark in the file
            String encodable = new String(line.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
            if (!exported.equals(encodable)) {
                differences.put(name, difference(exported, encodable));
            }
        });
        assertThat(differences).isEmpty();
    }

    private static String difference(String exported, String expected) {
        int at = 0;
        while (at < Math.min(exported.length(), expected.length()) && exported.charAt(at) == expected.charAt(at)) {
            at++;
        }
        return "at " + at + ": exported …" + around(exported, at) + "…, HAPI …" + around(expected, at) + "…";
    }

    private static String around(String line, int at) {
        return line.substring(Math.max(0, at - SHOWN), Math.min(line.length(), at + SHOWN));
    }
}
