/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.authorization;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.Stream;
import org.hapibinary.server.client.Answers;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.SmallExport;

/** A request that takes a good token of the right client. */
public record Door(String method, String url, List<String> headers) {

    private static Door door(String method, String url, String... headers) {
        return new Door(method, url, List.of(headers));
    }

    /** To the metadata and the content of the first file of a type. */
    static List<Door> toFile(SmallExport export, String type) {
        String metadata = export.metadataUrl(type);
        String content = export.contentUrl(type);
        String tag = "\"" + export.file(type).path("extension").path("sha256").asText() + "\"";
        return List.of(
                door("GET", metadata),
                door("HEAD", metadata),
                door("GET", metadata, "If-None-Match", "W/\"1\""),
                door("GET", metadata, "Accept", "application/fhir+ndjson"),
                door("HEAD", metadata, "Accept", "application/fhir+ndjson"),
                door("GET", content),
                door("HEAD", content),
                door("POST", content),
                door("GET", content, "Range", "bytes=0-9"),
                door("GET", content, "If-None-Match", "*"),
                door("GET", content, "If-None-Match", tag),
                door("GET", content, "If-Match", "\"another\""));
    }

    /** To the status of an export, and to its end. */
    public static List<Door> toStatus(SmallExport export) {
        return Stream.of("/$export-poll-status/", "/$export-poll-status?_jobId=", "/$export-poll-status?_id=")
                .map(form -> form + export.jobId())
                .flatMap(url -> Stream.of(door("GET", url), door("POST", url), door("DELETE", url)))
                .toList();
    }

    /** To a new export. */
    static List<Door> toKickOff(String... paths) {
        return Stream.of(paths)
                .flatMap(path -> Stream.of("GET", "POST").map(method -> door(method, path, "Prefer", "respond-async")))
                .toList();
    }

    Door withParameter(String parameter) {
        return new Door(method, url + (url.contains("?") ? "&" : "?") + parameter, headers);
    }

    public HttpResponse<String> open(ExportClient client, String... moreHeaders) {
        return client.send(
                method,
                url,
                "",
                Stream.concat(headers.stream(), Stream.of(moreHeaders)).toArray(String[]::new));
    }

    /** The answer is a refusal, and lets out nothing of a file. */
    void assertRefused(HttpResponse<String> response, int status, String code) {
        if (method.equals("HEAD")) {
            assertThat(response.statusCode()).as(toString()).isEqualTo(status);
            assertThat(response.body()).isEmpty();
        } else {
            Answers.assertOutcome(response, status, code);
        }
        assertThat(response.headers().map())
                .as(toString())
                .containsKey("X-Request-ID")
                .doesNotContainKeys("ETag", "Last-Modified", "Content-Disposition", "Repr-Digest", "Content-Range");
        assertThat(response.body()).doesNotContain("\"Patient\"", "\"Observation\"");
    }
}
