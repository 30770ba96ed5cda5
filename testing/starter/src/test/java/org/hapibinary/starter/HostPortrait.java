/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.starter;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.RawRequest;

/** All of a host that is to be seen from outside, but for what differs from one start to the next. */
record HostPortrait(Running running, NavigableSet<String> tables) {

    private static final String JSON = "Content-Type: application/fhir+json";
    private static final String BINARY =
            "{\"resourceType\":\"Binary\",\"id\":\"b\",\"contentType\":\"text/plain\",\"data\":\"aGVsbG8=\"}";

    private static final ObjectMapper IN_ORDER =
            new ObjectMapper().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

    private static final List<RawRequest> REQUESTS = List.of(
            RawRequest.get("/fhir/metadata"),
            RawRequest.get("/fhir/Binary/b").with("Accept: text/plain", "X-Request-ID: the-clients-own"),
            RawRequest.get("/fhir/Binary/b").with("Accept: text/plain", "Range: bytes=1-2"),
            RawRequest.get("/fhir/Binary/b").with("Accept: application/fhir+json"),
            RawRequest.get("/fhir/Binary/b/$binary-access-read?path=Binary.data"),
            RawRequest.get("/fhir/Binary/b/$binary-access-read"),
            RawRequest.get("/fhir/Binary/none"),
            RawRequest.get("/fhir/Binary?_id=b").with("Cache-Control: no-cache"),
            new RawRequest("HEAD", "/fhir/Binary/b", List.of(), ""),
            new RawRequest("OPTIONS", "/fhir/Binary/b", List.of(), ""),
            new RawRequest("DELETE", "/fhir/Binary/none", List.of(), ""),
            RawRequest.get("/fhir/$export?_type=Patient").with("Prefer: respond-async"),
            RawRequest.get("/fhir/$export?_type=Patient"),
            RawRequest.get("/fhir/$export-poll-status?_jobId=none"),
            RawRequest.get("/fhir/$export-poll-status"),
            new RawRequest("DELETE", "/fhir/$export-poll-status?_jobId=none", List.of(), ""),
            new RawRequest(
                    "POST",
                    "/fhir",
                    List.of(JSON),
                    "{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":[{\"request\":{\"method\":\"GET\","
                            + "\"url\":\"Binary/b\"}}]}"),
            RawRequest.get("/fhir/.well-known/smart-configuration"),
            RawRequest.get("/fhir/OperationDefinition/-s-export-poll-status"),
            RawRequest.get("/fhir/OperationDefinition/Binary-i-binary-access-read"),
            RawRequest.get("/fhir/OperationDefinition/Binary-it-binary-access-read"),
            RawRequest.get("/actuator"),
            RawRequest.get("/actuator/health"),
            RawRequest.get("/actuator/hapibinary"));

    /**
     * Of a host while it runs.
     *
     * @param answers to requests for all that the plugin would take over, and for some else
     * @param beans their names
     */
    record Running(Map<String, String> answers, NavigableSet<String> beans) {

        static Running of(int port) {
            new RawRequest("PUT", "/fhir/Binary/b", List.of(JSON), BINARY).sendTo(port);
            Map<String, String> answers = new LinkedHashMap<>();
            for (RawRequest request : REQUESTS) {
                answers.put(request.toString(), comparable(request.sendTo(port)));
            }
            return new Running(answers, beans(port));
        }

        /** Without what is random, or says what time it is or how many resources there are. */
        private static String comparable(RawRequest.Answer answer) {
            String head = answer.head()
                    .lines()
                    .filter(line -> !line.matches("(Date|Last-Modified|Content-Length):.*"))
                    .collect(joining("\n"));
            return (head + "\n\n" + content(answer))
                    .replaceAll("\\p{XDigit}{8}-[\\p{XDigit}-]{27}", "<uuid>")
                    .replaceAll("(X-Request-ID: )\\w{16}\\b", "$1<random>")
                    .replaceAll("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+(Z|[+-]\\d\\d:\\d\\d)", "<time>")
                    .replaceAll("\"extension\":\\[\\{\"url\":\"[^\"]*#resourceCount\",\"valueDecimal\":\\d+}],", "");
        }

        private static String content(RawRequest.Answer answer) {
            String body = answer.head().contains("Transfer-Encoding: chunked")
                    ? answer.body().replaceAll("(^|\r\n)\\p{XDigit}+\r\n", "")
                    : answer.body();
            return answer.head().contains("vnd.spring-boot.actuator") ? sorted(body) : body;
        }

        /** Spring Boot's links come in another order in each process. */
        private static String sorted(String json) {
            try {
                return IN_ORDER.writeValueAsString(IN_ORDER.readValue(json, Map.class));
            } catch (JsonProcessingException e) {
                throw new AssertionError(json, e);
            }
        }

        private static NavigableSet<String> beans(int port) {
            NavigableSet<String> beans = new TreeSet<>();
            String json = content(RawRequest.get("/actuator/beans").sendTo(port));
            for (JsonNode context : ExportClient.json(json).path("contexts")) {
                context.path("beans").fieldNames().forEachRemaining(beans::add);
            }
            return beans;
        }
    }

    /** Of a database that nobody else has open. */
    static NavigableSet<String> tables(String databaseUrl) throws SQLException {
        NavigableSet<String> tables = new TreeSet<>();
        try (Connection connection = DriverManager.getConnection(databaseUrl, "sa", "");
                ResultSet rows = connection.getMetaData().getTables(null, null, null, new String[] {"TABLE"})) {
            while (rows.next()) {
                tables.add(rows.getString("TABLE_NAME"));
            }
        }
        return tables;
    }
}
