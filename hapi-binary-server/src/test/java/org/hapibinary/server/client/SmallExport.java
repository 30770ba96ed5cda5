/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.stream.StreamSupport;

/**
 * A complete export.
 *
 * @param jobId in its status URL
 * @param manifest the body of its status
 */
public record SmallExport(String jobId, String manifest) {

    /** The patients and observations of the demo's Group. */
    public static SmallExport by(ExportClient client) {
        return by(client, "/Group/example-group/$export?_type=Patient,Observation");
    }

    public static SmallExport by(ExportClient client, String kickOff) {
        return by(client, kickOff, ExportClient.PATIENCE);
    }

    /** @param within the time it has to be complete in */
    public static SmallExport by(ExportClient client, String kickOff, Duration within) {
        String jobId = client.startExport(kickOff);
        HttpResponse<String> complete = client.awaitEnd(jobId, within);
        assertThat(complete.statusCode()).as(complete.body()).isEqualTo(200);
        return new SmallExport(jobId, complete.body());
    }

    /** What the manifest says of the first file of a type. */
    public JsonNode file(String type) {
        return StreamSupport.stream(ExportClient.json(manifest).path("output").spliterator(), false)
                .filter(item -> item.path("type").asText().equals(type))
                .findFirst()
                .orElseThrow();
    }

    public String contentUrl(String type) {
        return file(type).path("url").asText();
    }

    public String metadataUrl(String type) {
        String url = contentUrl(type);
        return url.substring(0, url.length() - ExportClient.DOWNLOAD.length());
    }
}
