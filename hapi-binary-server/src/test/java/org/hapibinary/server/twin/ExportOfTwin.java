/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.twin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.hapibinary.server.client.ExportClient;

/** Exports of one host over HTTP, whether it serves files as HAPI's Binaries or as the plugin's NDJSON. */
final class ExportOfTwin {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration BETWEEN_POLLS = Duration.ofMillis(100);

    /** HAPI would answer a second request like the first from its first job, whatever has changed. */
    private static final String[] KICK_OFF = {"Prefer", "respond-async", "Cache-Control", "no-cache"};

    private final ExportClient client;

    ExportOfTwin(ExportClient client) {
        this.client = client;
    }

    /** The status of the answer. */
    int kickOff(String path) {
        return client.get(path, KICK_OFF).statusCode();
    }

    /** The answer to a request of another kind. */
    HttpResponse<String> send(String method, String path, String... headers) {
        return client.send(method, path, "", headers);
    }

    /** The status URL. */
    String start(String path) {
        return accepted(client.get(path, KICK_OFF));
    }

    /** The same by POST, with parameters as a FHIR resource. */
    String start(String path, String parameters) {
        String[] headers = Arrays.copyOf(KICK_OFF, KICK_OFF.length + 2);
        headers[KICK_OFF.length] = "Content-Type";
        headers[KICK_OFF.length + 1] = "application/fhir+json";
        return accepted(client.send("POST", path, parameters, headers));
    }

    private static String accepted(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        return answer.headers().firstValue("Content-Location").orElseThrow();
    }

    Content awaitEnd(String statusUrl) {
        HttpResponse<String> end = await().atMost(PATIENCE)
                .pollInterval(BETWEEN_POLLS)
                .until(() -> client.get(statusUrl), answer -> answer.statusCode() != 202);
        JsonNode manifest = ExportClient.json(end.body());
        SortedMap<String, List<String>> resources = new TreeMap<>();
        for (JsonNode file : manifest.path("output")) {
            resources
                    .computeIfAbsent(file.path("type").asText(), type -> new ArrayList<>())
                    .addAll(lines(file));
        }
        resources.values().forEach(lines -> lines.sort(null));
        List<String> errors = new ArrayList<>();
        manifest.path("error").forEach(file -> errors.addAll(lines(file)));
        return new Content(end.statusCode(), end.body(), resources, errors);
    }

    private List<String> lines(JsonNode file) {
        String url = file.path("url").asText();
        boolean isNdjson = url.endsWith(ExportClient.DOWNLOAD);
        HttpResponse<String> answer = isNdjson ? client.get(url) : client.get(url, "Accept", "application/fhir+json");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        String content = isNdjson ? answer.body() : decoded(ExportClient.json(answer.body()));
        return content.lines().toList();
    }

    private static String decoded(JsonNode binary) {
        return new String(Base64.getDecoder().decode(binary.path("data").asText()), StandardCharsets.UTF_8);
    }

    /**
     * What an export has come to.
     *
     * @param status of the last answer to a status request
     * @param answer that answer
     * @param resources the lines of the files by the type that the manifest names, sorted
     * @param errors the lines of the error files
     */
    record Content(int status, String answer, SortedMap<String, List<String>> resources, List<String> errors) {

        /** Their ids, each once for each of its versions. */
        List<String> ids(String type) {
            return parsed(type).map(line -> line.path("id").asText()).toList();
        }

        Stream<JsonNode> parsed(String type) {
            return resources.getOrDefault(type, List.of()).stream().map(ExportClient::json);
        }
    }
}
