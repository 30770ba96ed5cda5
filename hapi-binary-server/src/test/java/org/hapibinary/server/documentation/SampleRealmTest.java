/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.documentation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import org.hapibinary.ProjectFolder;
import org.hapibinary.server.client.ExportClient;
import org.junit.jupiter.api.Test;

/** What an operator imports, and may forget to change. */
class SampleRealmTest {

    @Test
    void nobodyCanGetATokenFromTheSampleRealmAsItIs() throws IOException {
        JsonNode realm = ExportClient.json(Files.readString(ProjectFolder.resolve("config/hospital-realm.json")));

        assertThat(realm.path("users")).isEmpty();
        assertThat(realm.path("clients")).isNotEmpty().allSatisfy(client -> {
            assertThat(client.path("clientAuthenticatorType").asText()).isEqualTo("client-jwt");
            assertThat(client.has("secret")).isFalse();
            assertThat(ExportClient.json(client.path("attributes")
                                    .path("jwks.string")
                                    .asText())
                            .path("keys"))
                    .isEmpty();
        });
        assertThat(realm.toString()).doesNotContain("jwks.url", "certificate", "\"private", "demo");
    }
}
