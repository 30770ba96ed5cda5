/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.world;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.hapibinary.server.client.ExportClient;

/** A Group of one patient with one document, for servers without the demo's data. */
public final class SmallRecord {

    public static final String EXPORT = "/Group/small-group/$export";
    public static final String ATTACHMENT = "/Binary/small-document/$binary-access-read";
    public static final String DOCUMENT = "A letter of which there is one version";

    private SmallRecord() {}

    /** @param writer may write everything */
    public static void loadInto(ExportClient writer) {
        Map<String, String> resources = Map.of(
                "Patient/small-patient",
                "{\"resourceType\":\"Patient\",\"id\":\"small-patient\",\"name\":[{\"family\":\"Erasmus\"}]}",
                "Binary/small-document",
                "{\"resourceType\":\"Binary\",\"id\":\"small-document\",\"contentType\":\"text/plain\",\"data\":\""
                        + Base64.getEncoder().encodeToString(DOCUMENT.getBytes(StandardCharsets.UTF_8))
                        + "\"}",
                "DocumentReference/small-reference",
                "{\"resourceType\":\"DocumentReference\",\"id\":\"small-reference\",\"status\":\"current\","
                        + "\"subject\":{\"reference\":\"Patient/small-patient\"},"
                        + "\"content\":[{\"attachment\":{\"url\":\"Binary/small-document\"}}]}",
                "Group/small-group",
                "{\"resourceType\":\"Group\",\"id\":\"small-group\",\"type\":\"person\",\"actual\":true,"
                        + "\"member\":[{\"entity\":{\"reference\":\"Patient/small-patient\"}}]}");
        for (String id : new String[] {
            "Patient/small-patient", "Binary/small-document", "DocumentReference/small-reference", "Group/small-group"
        }) {
            var response = writer.send(
                    "PUT", "/" + id, String.valueOf(resources.get(id)), "Content-Type", "application/fhir+json");
            assertThat(response.statusCode()).as(response.body()).isIn(200, 201);
        }
    }
}
