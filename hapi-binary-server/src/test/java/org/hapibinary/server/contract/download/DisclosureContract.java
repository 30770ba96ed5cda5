/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.download;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.FhirVersionEnum;
import ca.uhn.fhir.parser.IParser;
import ca.uhn.fhir.parser.StrictErrorHandler;
import com.fasterxml.jackson.databind.JsonNode;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.contract.lifecycle.RecordedEvents;
import org.hapibinary.server.host.WithExportedGroup;
import org.junit.jupiter.api.Test;

/** A download in the audit log, as an AuditEvent of the server's version of FHIR. */
public interface DisclosureContract extends WithExportedGroup {

    @Test
    default void aDownloadAndARefusalAreAuditEventsOfTheServersVersion() throws Exception {
        FhirContext fhirContext = FhirContext.forCached(FhirVersionEnum.forVersionString(
                ExportClient.json(group().nobody().get("/metadata").body())
                        .path("fhirVersion")
                        .asText()));
        IParser strictly = fhirContext.newJsonParser().setParserErrorHandler(new StrictErrorHandler());
        String url = group().manifest().at("/output/0/url").asText();
        try (RecordedEvents events = new RecordedEvents()) {
            group().owner().get(url, "Range", "bytes=0-9");
            group().stranger().get(url);

            JsonNode download = events.first("download");
            JsonNode refusal = events.first("refusal");
            assertThat(strictly.encodeToString(strictly.parseResource(download.toString())))
                    .contains("bytes-sent", "\"10\"", "Group/example-group", group().jobId(), "127.0.0.1");
            assertThat(strictly.encodeToString(strictly.parseResource(refusal.toString())))
                    .contains("403 forbidden: ", "Group/example-group");
            boolean isR5 = fhirContext.getVersion().getVersion() == FhirVersionEnum.R5;
            assertThat(isR5 ? download.at("/outcome/code/code") : download.path("outcome"))
                    .hasToString(isR5 ? "\"success\"" : "\"0\"");
        }
    }
}
