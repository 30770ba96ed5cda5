/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ConfigurableApplicationContext;

/** {@code hapi.binary.enabled: false}, and nothing else of the plugin's configured. */
class SwitchedOffTest {

    @TempDir
    static Path directory;

    private static int port;
    private static ConfigurableApplicationContext host;

    @BeforeAll
    static void start() {
        port = RunningServer.freePort();
        host = StarterLike.run(port, directory, "hapi.binary.enabled=false");
    }

    @AfterAll
    static void stop() {
        host.close();
    }

    @Test
    void thereIsNoBeanOfThePlugin() {
        assertThat(Arrays.stream(host.getBeanDefinitionNames()).filter(name -> {
                    Class<?> type = host.getType(name);
                    return type != null
                            && type.getName().startsWith("org.hapibinary.")
                            && !type.getName().startsWith("org.hapibinary.starterlike.");
                }))
                .isEmpty();
        assertThat(host.getBeanDefinitionNames()).noneMatch(name -> name.startsWith("hapiBinary"));
    }

    @Test
    void thereIsNoTableOfThePluginNorOfFlyway() throws Exception {
        List<String> tables = new ArrayList<>();
        try (Connection connection = host.getBean(DataSource.class).getConnection();
                ResultSet rows = connection.getMetaData().getTables(null, null, null, new String[] {"TABLE"})) {
            while (rows.next()) {
                tables.add(rows.getString("TABLE_NAME"));
            }
        }
        assertThat(tables)
                .contains("HFJ_RESOURCE")
                .noneMatch(table -> table.toUpperCase(Locale.ROOT).startsWith("HBP_")
                        || table.toLowerCase(Locale.ROOT).startsWith("flyway"));
    }

    @Test
    void theAnswersAreTheHostsOwn() {
        ExportClient client = ExportClient.nobody(port);

        HttpResponse<String> binary = client.send(
                "PUT",
                "/Binary/b",
                "{\"resourceType\":\"Binary\",\"id\":\"b\",\"contentType\":\"text/plain\",\"data\":\"aGVsbG8=\"}",
                "Content-Type",
                "application/fhir+json");
        HttpResponse<String> read = client.get("/Binary/b", "X-Request-ID", "the-clients-own", "Accept", "text/plain");
        HttpResponse<String> export = client.kickOff("/$export?_type=Patient");

        assertThat(binary.statusCode()).isEqualTo(201);
        assertThat(read.body()).isEqualTo("hello");
        assertThat(read.headers().map().keySet())
                .doesNotContain("x-content-type-options", "repr-digest", "accept-ranges");
        assertThat(export.statusCode()).as(export.body()).isEqualTo(202);
    }
}
