/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.Base64;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import javax.sql.DataSource;
import org.apache.commons.codec.digest.DigestUtils;
import org.hapibinary.server.client.ExportClient;

/**
 * Media with much inline data. They are stored small, over HTTP, and then made large in the database, so that the
 * server has not had them in memory before it exports them.
 */
final class LargeMedia {

    private static final String BEFORE_DATA =
            "\"status\":\"completed\",\"content\":" + "{\"contentType\":\"application/octet-stream\",\"data\":\"";
    private static final String AFTER_DATA = "\"}}";
    private static final String SMALL_DATA = "AA==";

    private final DataSource database;
    private final Map<String, String> sha256 = new TreeMap<>();

    LargeMedia(DataSource database) {
        this.database = database;
    }

    /** As small ones yet. */
    void store(ExportClient writer, String prefix, int count) {
        for (int i = 0; i < count; i++) {
            String id = prefix + "-" + i;
            String media = "{\"resourceType\":\"Media\",\"id\":\"" + id + "\"," + BEFORE_DATA + SMALL_DATA + AFTER_DATA;
            var response = writer.send("PUT", "/Media/" + id, media, "Content-Type", "application/fhir+json");
            assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
            sha256.put(id, DigestUtils.sha256Hex(SMALL_DATA));
        }
    }

    /**
     * Gives those with a prefix data that cannot be compressed.
     *
     * @param size in bytes, before it is encoded
     */
    void enlarge(String prefix, int size) throws SQLException {
        Random random = new Random(size);
        byte[] bytes = new byte[size];
        try (var connection = database.getConnection();
                var update = connection.prepareStatement("update HFJ_RES_VER set RES_TEXT_VC = ? where RES_ID ="
                        + " (select RES_ID from HFJ_RESOURCE where RES_TYPE = 'Media' and FHIR_ID = ?)")) {
            for (String id : sha256.keySet().stream()
                    .filter(id -> id.startsWith(prefix + "-"))
                    .toList()) {
                random.nextBytes(bytes);
                String data = Base64.getEncoder().encodeToString(bytes);
                String media = "{\"resourceType\":\"Media\"," + BEFORE_DATA + data + AFTER_DATA;
                update.setCharacterStream(1, new StringReader(media), media.length());
                update.setString(2, id);
                assertThat(update.executeUpdate()).isEqualTo(1);
                sha256.put(id, DigestUtils.sha256Hex(data));
            }
        }
    }

    /** Each is there once, with the data that it was given. */
    void assertWholeIn(JsonNode manifest, ExportClient client) throws IOException {
        Map<String, String> exported = new TreeMap<>();
        for (JsonNode file : manifest.path("output")) {
            assertThat(file.path("type").asText()).isEqualTo("Media");
            HttpResponse<InputStream> content =
                    client.getStream(file.path("url").asText());
            assertThat(content.statusCode()).isEqualTo(200);
            int count = 0;
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(content.body(), StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    count++;
                    int data = line.indexOf(BEFORE_DATA) + BEFORE_DATA.length();
                    assertThat(line).as("what is before and after the data").endsWith(AFTER_DATA);
                    String id = ExportClient.json(line.substring(0, data) + AFTER_DATA)
                            .path("id")
                            .asText();
                    assertThat(exported.put(
                                    id,
                                    DigestUtils.sha256Hex(line.substring(data, line.length() - AFTER_DATA.length()))))
                            .as("%s comes once", id)
                            .isNull();
                }
            }
            assertThat(file.path("count").asInt()).isEqualTo(count);
        }
        assertThat(exported).isEqualTo(sha256);
    }
}
