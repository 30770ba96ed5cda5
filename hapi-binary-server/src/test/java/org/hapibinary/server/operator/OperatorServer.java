/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.operator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.host.RunningServer;
import org.hapibinary.server.host.SeededFile;
import org.hapibinary.testing.FreePorts;
import org.springframework.jdbc.core.JdbcTemplate;

/** A server with the operator's endpoint on a management port, and exports of whatever clients. */
final class OperatorServer implements AutoCloseable {

    /** What a client may call itself to get into the operator's page. */
    static final String HOSTILE =
            "\"><script>document.title='owned'</script><img src=x onerror='document.title=1'>&amp;";

    private final HttpClient http = HttpClient.newHttpClient();
    private final TestIssuer issuer = new TestIssuer();
    private final int managementPort = FreePorts.next();
    private final RunningServer server;
    private final JdbcTemplate jdbc;

    OperatorServer(Path directory, String... properties) {
        server = RunningServer.startWithoutDemo(
                FreePorts.next(),
                directory,
                Stream.concat(
                                Stream.of(properties),
                                Stream.of(
                                        "hapi.binary.authorization.issuer=" + issuer.url(),
                                        "management.server.port=" + managementPort,
                                        "management.server.address=127.0.0.1",
                                        "management.endpoints.web.exposure.include=health,hapibinary",
                                        "management.endpoint.hapibinary.access=unrestricted"))
                        .toArray(String[]::new));
        jdbc = new JdbcTemplate(server.bean(DataSource.class));
    }

    TestIssuer issuer() {
        return issuer;
    }

    RunningServer server() {
        return server;
    }

    JdbcTemplate jdbc() {
        return jdbc;
    }

    String root() {
        return "http://localhost:" + managementPort + "/actuator/hapibinary";
    }

    /** @param headers names and values in turns */
    HttpResponse<String> send(String method, String path, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(root() + path))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        try {
            return http.send(
                    (headers.length == 0 ? request : request.headers(headers)).build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    HttpResponse<String> get(String path) {
        return send("GET", path, "");
    }

    HttpResponse<String> page(String path) {
        return send("GET", path, "", "Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
    }

    HttpResponse<String> post(String task, String json) {
        return send("POST", "/" + task, json, "Content-Type", "application/json");
    }

    /** A complete export of one file. */
    SeededFile export(String client, long size) throws IOException {
        return SeededFile.in(server, size, issuer.url(), client);
    }

    String exportOf(SeededFile file) {
        return String.valueOf(jdbc.queryForObject(
                "select EXPORT_ID from HBP_EXPORT_FILE where BINARY_ID = ?", String.class, file.binaryId()));
    }

    /** Rows of exports without files, in a state and of an age, the first the youngest. */
    void rows(int count, String state, String client, Duration youngest) {
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        for (int i = 0; i < count; i++) {
            Instant at = now.minus(youngest).minusSeconds(i);
            jdbc.update(
                    "insert into HBP_EXPORT (EXPORT_ID, JOB_ID, STATE, ISSUER, CLIENT_ID, USER_ID, SCOPES,"
                            + " EXPORT_LEVEL, RESOURCE_TYPES, REQUEST_URL, BASE_URL, STARTED_AT, ACTIVE_AT,"
                            + " ENDED_AT, EXPIRES_AT,"
                            + " FAILURE_CODE, FAILURE, STORED_BYTES, EXPORTED, ERASED_AT, DUE_AT)"
                            + " values (?, ?, ?, ?, ?, ?, '', 'GROUP', 'Patient Observation', ?, '', ?, ?, ?, ?, ?, ?,"
                            + " ?, ?, ?, ?)",
                    "row-" + client.hashCode() + "-" + state + "-" + i,
                    "job-" + client.hashCode() + "-" + state + "-" + i,
                    state,
                    issuer.url(),
                    client,
                    client.contains("<") ? client : null,
                    "https://example.org/fhir/Group/" + client + "/$export",
                    at.atOffset(ZoneOffset.UTC),
                    at.atOffset(ZoneOffset.UTC),
                    state.equals("RUNNING") ? null : at.plusSeconds(60).atOffset(ZoneOffset.UTC),
                    state.equals("COMPLETE") ? at.plus(Duration.ofHours(24)).atOffset(ZoneOffset.UTC) : null,
                    state.equals("FAILED") ? "exception" : null,
                    state.equals("FAILED") ? "It failed: " + client : null,
                    state.equals("COMPLETE") ? 1_000_000 : 0,
                    client.contains("<") ? "Group/<script>2</script>" : "Group/example-group",
                    null,
                    now.plus(Duration.ofDays(2)).atOffset(ZoneOffset.UTC));
        }
    }

    @Override
    public void close() {
        server.close();
        issuer.close();
    }
}
