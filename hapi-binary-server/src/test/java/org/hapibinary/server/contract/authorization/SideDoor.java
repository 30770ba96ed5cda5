/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.authorization;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.Stream;
import org.hapibinary.server.client.ExportClient;

/**
 * A request that is another way to an export file, or none.
 *
 * @param path below the FHIR base; {@code {id}} stands for the id of the export file
 * @param body empty for none
 * @param contentType of the body
 * @param headers besides
 */
public record SideDoor(String method, String path, String body, String contentType, List<String> headers) {

    static SideDoor get(String path) {
        return new SideDoor("GET", path, "", "", List.of());
    }

    static SideDoor fhir(String method, String path, String body) {
        return new SideDoor(method, path, body, SideDoors.FHIR_JSON, List.of());
    }

    SideDoor with(String header, String value) {
        return new SideDoor(method, path, body, contentType, List.of(header, value));
    }

    HttpResponse<String> tryAs(ExportClient client, String id) {
        Stream<String> type = contentType.isEmpty() ? Stream.empty() : Stream.of("Content-Type", contentType);
        return client.send(
                method,
                path.replace("{id}", id),
                body.replace("{id}", id),
                Stream.concat(type, headers.stream().map(value -> value.replace("{id}", id)))
                        .toArray(String[]::new));
    }

    @Override
    public String toString() {
        return method + " " + path + (body.isEmpty() ? "" : " " + body);
    }
}
