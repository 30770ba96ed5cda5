/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.assertOutcome;
import static org.hapibinary.server.client.Answers.headers;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.interceptor.CorsInterceptor;
import java.net.http.HttpResponse;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import javax.sql.DataSource;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.contract.AnyStoreContract;
import org.hapibinary.server.host.SeededFile;
import org.hapibinary.server.host.ServerUnderTest;
import org.junit.jupiter.api.Test;

/** From a plain server. */
class DownloadFromH2Test extends AnyStoreContract {

    /** What is read of them is read in the background, whether or not somebody downloads. */
    private static final List<String> BY_THE_WAY = List.of("HBP_AUDIT", "HBP_ACTIVITY", "HBP_HELD_CLIENT");

    @Override
    protected ServerUnderTest.Kind server() {
        return PlainHost.of(FhirContext.forR4Cached());
    }

    @Override
    protected String[] store() {
        return new String[] {
            "spring.datasource.url=jdbc:h2:file:" + directory.resolve("h2/fhir"), "hapi.binary.storage.mode=database"
        };
    }

    @Test
    void aHostsOwnCorsIsInAllAnswersErrorsIncluded() throws Exception {
        CorsInterceptor cors = new CorsInterceptor();
        RestfulServer host = group().server().bean(RestfulServer.class);
        ExportClient nobody = ExportClient.nobody(group().server().port());
        SeededFile file = SeededFile.in(group().server(), 4096);
        String[] fromAPage = {"Origin", "https://app.example.org"};
        host.registerInterceptor(cors);
        try {
            HttpResponse<String> asked = nobody.send(
                    "OPTIONS",
                    file.path(),
                    "",
                    "Origin",
                    "https://app.example.org",
                    "Access-Control-Request-Method",
                    "GET");
            HttpResponse<String> whole = group().owner().get(file.path(), fromAPage);
            HttpResponse<String> unknown = nobody.get(file.path(), fromAPage);
            HttpResponse<String> beyond =
                    group().owner().get(file.path(), "Origin", "https://app.example.org", "Range", "bytes=9999-");
            removeChunks();
            HttpResponse<String> fault = group().owner().get(file.path(), fromAPage);

            assertThat(asked.statusCode()).isEqualTo(200);
            assertThat(whole.statusCode()).isEqualTo(200);
            assertOutcome(unknown, 401, "login");
            assertOutcome(beyond, 416, "invalid");
            assertOutcome(fault, 500, "exception");
            assertThat(List.of(asked, whole, unknown, beyond, fault))
                    .allSatisfy(response -> assertThat(headers(response, "Access-Control-Allow-Origin"))
                            .containsExactly("*"));
            assertThat(headers(fault, "Content-Disposition")).isEmpty();
            assertThat(headers(fault, "ETag")).isEmpty();
        } finally {
            host.unregisterInterceptor(cors);
        }
    }

    @Test
    void aDownloadTakesAStatementForTheRowAndOneForTheContent() throws Exception {
        SeededFile file = SeededFile.in(group().server(), 100_000);
        ExportClient owner = group().owner();
        assertThat(owner.get(file.path()).statusCode()).isEqualTo(200);
        try (var connection = group().server().bean(DataSource.class).getConnection();
                var statement = connection.createStatement()) {
            statement.execute("set QUERY_STATISTICS true");
            try {
                assertThat(owner.get(file.path()).statusCode()).isEqualTo(200);

                List<String> selects = new ArrayList<>();
                try (var found = statement.executeQuery("select SQL_STATEMENT, EXECUTION_COUNT from"
                        + " INFORMATION_SCHEMA.QUERY_STATISTICS where SQL_STATEMENT ilike '%HBP%'")) {
                    while (found.next()) {
                        selects.addAll(Collections.nCopies(found.getInt(2), found.getString(1)));
                    }
                }
                assertThat(selects)
                        .filteredOn(sql -> sql.startsWith("select"))
                        .filteredOn(sql -> BY_THE_WAY.stream().noneMatch(sql::contains))
                        .hasSize(2)
                        .anyMatch(sql -> sql.contains("HBP_EXPORT_FILE"))
                        .anyMatch(sql -> sql.contains("HBP_CONTENT_CHUNK"));
            } finally {
                statement.execute("set QUERY_STATISTICS false");
            }
        }
    }

    /** Of the content that was stored last, whose row stays: it fails where it is read. */
    private void removeChunks() throws SQLException {
        try (var connection = group().server().bean(DataSource.class).getConnection();
                var statement = connection.createStatement()) {
            statement.executeUpdate("delete from HBP_CONTENT_CHUNK where CONTENT_KEY >="
                    + " (select max(CONTENT_KEY) - 1 from HBP_CONTENT)");
        }
    }
}
