/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.authorization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.assertOutcome;
import static org.hapibinary.server.host.ExportedGroup.ALL_TYPES;
import static org.hapibinary.server.host.ExportedGroup.LIMITED_CLIENT;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.RawRequest;
import org.hapibinary.server.host.WithExportedGroup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What our own server lets a client see by writing, whose token does not let it read. */
public interface WriteAnswerContract extends WithExportedGroup {

    String SECRET = "not-for-writers";

    private static String patient(String id) {
        return "{\"resourceType\":\"Patient\"" + (id.isEmpty() ? "" : ",\"id\":\"" + id + "\"")
                + ",\"identifier\":[{\"system\":\"urn:s\",\"value\":\"" + SECRET + "\"}]}";
    }

    private static String binary(String id) {
        return "{\"resourceType\":\"Binary\",\"id\":\"" + id
                + "\",\"contentType\":\"text/plain\",\"data\":\"c2VjcmV0\"}";
    }

    private HttpResponse<String> put(ExportClient client, String url, String body) {
        return client.send("PUT", url, body, "Content-Type", "application/fhir+json");
    }

    /** An id that is on the server afterwards. */
    private String existing(String type) {
        String id = "w-" + UUID.randomUUID();
        String body = type.equals("Binary") ? binary(id) : patient(id);
        assertThat(put(group().owner("system/*.cruds"), "/" + type + "/" + id, body)
                        .statusCode())
                .isEqualTo(201);
        return id;
    }

    private static void assertShowsNothing(HttpResponse<String> response, int... statuses) {
        assertThat(statuses).as(response.body()).contains(response.statusCode());
        assertThat(response.body()).doesNotContain(SECRET, "c2VjcmV0", "\"resourceType\":\"Patient\"");
        if (response.statusCode() < 300) {
            assertThat(response.body()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "system/Patient.cud",
                "system/*.write",
                "system/Patient.c system/Patient.u",
                "system/Patient.write"
            })
    default void whoMayOnlyWriteIsNotShownWhatIsWritten(String scope) {
        ExportClient writer = group().testClient(scope);
        String id = existing("Patient");

        assertShowsNothing(writer.send("POST", "/Patient", patient(""), "Content-Type", "application/fhir+json"), 201);
        assertShowsNothing(
                writer.send(
                        "POST",
                        "/Patient",
                        patient(""),
                        "Content-Type",
                        "application/fhir+json",
                        "Prefer",
                        "return=representation"),
                201);
        assertShowsNothing(put(writer, "/Patient/" + id, patient(id).replace("urn:s", "urn:t")), 200);
        assertShowsNothing(put(writer, "/Patient/w-" + UUID.randomUUID(), patient("x")), 400);
    }

    @Test
    default void whoMayReadTooIsShownIt() {
        ExportClient client = group().testClient("system/Patient.cru");

        assertThat(client.send("POST", "/Patient", patient(""), "Content-Type", "application/fhir+json")
                        .body())
                .contains(SECRET);
        assertThat(put(client, "/Patient/" + existing("Patient"), patient("x")).statusCode())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"system/Binary.u", "system/Binary.cruds", "system/*.write", "system/*.cruds"})
    default void aRecordsBinaryIsNotShownByAWrite(String scope) {
        ExportClient client = group().testClient(scope);
        String id = existing("Binary");

        assertShowsNothing(put(client, "/Binary/" + id, binary(id).replace("plain", "html")), 200);
        assertShowsNothing(
                client.send(
                        "POST",
                        "/Binary",
                        "{\"resourceType\":\"Binary\"}",
                        "Content-Type",
                        "application/fhir+json",
                        "If-None-Exist",
                        "_id=" + id),
                403);
    }

    @ParameterizedTest
    @ValueSource(strings = {"system/Patient.cud", "system/Patient.crud", "system/*.write"})
    default void aConditionNeedsTheRightToSearch(String scope) {
        ExportClient client = group().testClient(scope);
        existing("Patient");
        String condition = "identifier=urn:s%7C" + SECRET;

        for (String asked : List.of(condition, "identifier=urn:s%7Cnone", "Patient?" + condition, "")) {
            assertShowsNothing(
                    client.send(
                            "POST",
                            "/Patient",
                            patient(""),
                            "Content-Type",
                            "application/fhir+json",
                            "If-None-Exist",
                            asked),
                    403);
        }
        for (String asked : List.of(condition, "identifier=urn:s%7Cnone")) {
            assertShowsNothing(put(client, "/Patient?" + asked, patient("")), 403);
            assertShowsNothing(client.send("DELETE", "/Patient?" + asked, ""), 403);
            assertShowsNothing(
                    client.send(
                            "PATCH",
                            "/Patient?" + asked,
                            "[{\"op\":\"add\",\"path\":\"/gender\",\"value\":\"other\"}]",
                            "Content-Type",
                            "application/json-patch+json"),
                    403);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"batch", "transaction"})
    default void aConditionInABundleNeedsTheRightToSearch(String bundle) {
        ExportClient client = group().testClient("system/Patient.cud system/Observation.c");
        existing("Patient");
        String condition = "identifier=urn:s|" + SECRET;
        for (String asked : List.of(condition, "identifier=none")) {
            for (String entry : List.of(
                    entry("\"method\":\"POST\",\"url\":\"Patient\",\"ifNoneExist\":\"" + asked + "\"", patient("")),
                    entry("\"method\":\"PUT\",\"url\":\"Patient?" + asked + "\"", patient("")),
                    entry("\"method\":\"DELETE\",\"url\":\"Patient?" + asked + "\"", ""),
                    entry("\"method\":\"POST\",\"url\":\"Observation\"", observationOf("Patient?" + asked)))) {
                for (String prefer : List.of("return=minimal", "return=representation")) {
                    HttpResponse<String> response = client.send(
                            "POST",
                            "",
                            bundle(bundle, entry),
                            "Content-Type",
                            "application/fhir+json",
                            "Prefer",
                            prefer);

                    assertThat(response.body())
                            .as(entry)
                            .contains("The scopes of the token do not cover this request.");
                    assertThat(response.body()).doesNotContain(SECRET);
                }
            }
        }
        HttpResponse<String> asTransaction = client.send(
                "POST",
                "",
                bundle("batch", entry("\"method\":\"PUT\",\"url\":\"Patient?" + condition + "\"", patient(""))),
                "Content-Type",
                "application/fhir+json",
                "X-Transaction-Semantics",
                "tryBatchAsTransactionFirst=true; retryCount=1");
        assertThat(asTransaction.body()).contains("The scopes of the token do not cover this request.");
    }

    @Test
    default void aTransactionOfWhoMayOnlyWriteShowsNothing() {
        ExportClient client = group().testClient("system/Patient.cud");
        String entry = entry("\"method\":\"POST\",\"url\":\"Patient\"", patient(""));

        for (String prefer : List.of("return=minimal", "return=representation")) {
            for (String type : List.of("batch", "transaction")) {
                HttpResponse<String> response = client.send(
                        "POST", "", bundle(type, entry), "Content-Type", "application/fhir+json", "Prefer", prefer);

                assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
                assertThat(response.body()).contains("201 Created").doesNotContain(SECRET);
            }
        }
    }

    private static String entry(String request, String resource) {
        return "{\"request\":{" + request + "}" + (resource.isEmpty() ? "" : ",\"resource\":" + resource) + "}";
    }

    private static String bundle(String type, String entry) {
        return "{\"resourceType\":\"Bundle\",\"type\":\"" + type + "\",\"entry\":[" + entry + "]}";
    }

    @ParameterizedTest
    @ValueSource(strings = {"system/Patient.u", "system/Patient.cud", "system/*.write"})
    default void anUpdateThatCreatesIsAnUpdate(String scope) {
        ExportClient writer = group().testClient(scope);
        String id = "w-" + UUID.randomUUID();

        assertShowsNothing(put(writer, "/Patient/" + id, patient(id)), 201);
        assertShowsNothing(put(writer, "/Patient/" + id, patient(id).replace("urn:s", "urn:t")), 200);
        for (String type : List.of("batch", "transaction")) {
            String inBundle = "w-" + UUID.randomUUID();
            for (int status : List.of(201, 200)) {
                HttpResponse<String> response =
                        sendPut(writer, type, inBundle, patient(inBundle).replace("urn:s", "urn:s:" + status));

                assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
                assertThat(response.body())
                        .contains("\"status\":\"" + status, "Patient/" + inBundle + "/_history/")
                        .doesNotContain(SECRET);
            }
            assertThat(group().owner(ALL_TYPES).get("/Patient/" + inBundle).body())
                    .contains("urn:s:200");
        }
    }

    /** Nor does the answer tell whether there is such a patient. */
    @ParameterizedTest
    @ValueSource(strings = {"system/Patient.c", "system/Patient.crds", "system/Observation.cruds"})
    default void whoMayNotUpdateDoesNotCreateByAnUpdate(String scope) {
        ExportClient client = group().testClient(scope);
        String absent = "w-" + UUID.randomUUID();

        for (String id : List.of(absent, existing("Patient"))) {
            assertShowsNothing(put(client, "/Patient/" + id, patient(id)), 403);
            for (String type : List.of("batch", "transaction")) {
                assertShowsNothing(sendPut(client, type, id, patient(id)), 403);
            }
        }
        assertThat(group().owner(ALL_TYPES).get("/Patient/" + absent).statusCode())
                .isEqualTo(404);
    }

    private static HttpResponse<String> sendPut(ExportClient client, String type, String id, String patient) {
        String entry = entry("\"method\":\"PUT\",\"url\":\"Patient/" + id + "\"", patient);
        return client.send("POST", "", bundle(type, entry), "Content-Type", "application/fhir+json");
    }

    private static String observationOf(String subject) {
        return "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"x\"},"
                + "\"subject\":{\"reference\":\""
                + subject + "\"}}";
    }

    @Test
    default void aReferenceThatIsAConditionNeedsTheRightToSearch() {
        ExportClient client = group().testClient("system/Observation.cru");
        existing("Patient");
        String id = "w-" + UUID.randomUUID();
        assertThat(put(
                                client,
                                "/Observation/" + id,
                                observationOf("Patient/x")
                                        .replaceFirst("\\{", "{\"id\":\"" + id + "\",")
                                        .replaceFirst(",\"subject\".*", "}"))
                        .statusCode())
                .isEqualTo(201);

        for (String asked : List.of("Patient?identifier=urn:s|" + SECRET, "Patient?identifier=none")) {
            assertShowsNothing(
                    client.send("POST", "/Observation", observationOf(asked), "Content-Type", "application/fhir+json"),
                    403);
            assertShowsNothing(
                    put(
                            client,
                            "/Observation/" + id,
                            observationOf(asked).replaceFirst("\\{", "{\"id\":\"" + id + "\",")),
                    403);
            assertShowsNothing(
                    client.send(
                            "PATCH",
                            "/Observation/" + id,
                            "[{\"op\":\"add\",\"path\":\"/subject\",\"value\":{\"reference\":\"" + asked + "\"}}]",
                            "Content-Type",
                            "application/json-patch+json"),
                    403);
        }
    }

    @Test
    default void aChainNeedsTheRightToSearchWhatItLeadsTo() {
        ExportClient narrow = group().testClient("system/Observation.cruds");
        ExportClient both = group().testClient("system/Observation.rs system/Patient.rs");
        String observation = observationOf("Patient/x").replaceFirst(",\"subject\".*", "}");
        for (String query : List.of(
                "subject:Patient.name=x",
                "subject:patient.name=x",
                "patient.name=x",
                "_has:DiagnosticReport:result:status=final",
                "patient._has:Condition:patient:code=x",
                "patient:Patient.organization.name=x")) {
            assertShowsNothing(narrow.get("/Observation?" + query), 403);
            assertShowsNothing(
                    narrow.send(
                            "POST", "/Observation/_search", query, "Content-Type", "application/x-www-form-urlencoded"),
                    403);
            assertShowsNothing(narrow.send("DELETE", "/Observation?" + query, ""), 403);
            assertShowsNothing(
                    narrow.send(
                            "POST",
                            "/Observation",
                            observation,
                            "Content-Type",
                            "application/fhir+json",
                            "If-None-Exist",
                            query),
                    403);
            assertThat(narrow.send(
                                    "POST",
                                    "",
                                    bundle(
                                            "batch",
                                            entry("\"method\":\"GET\",\"url\":\"Observation?" + query + "\"", "")),
                                    "Content-Type",
                                    "application/fhir+json")
                            .body())
                    .contains("The scopes of the token do not cover this request.");
        }
        assertShowsNothing(narrow.get("/Observation?_sort=patient.name"), 403);
        assertThat(both.get("/Observation?patient.name=x").statusCode()).isEqualTo(200);
        assertThat(narrow.get("/Observation?patient=x&_sort=-date").statusCode())
                .isEqualTo(200);
    }

    @Test
    default void operationsOnAnInstanceNeedTheRightToReadIt() {
        String id = existing("Patient");
        ExportClient writer = group().testClient("system/Patient.cud");
        ExportClient reader = group().testClient("system/Patient.r");
        String meta = "{\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"meta\",\"valueMeta\":{}}]}";
        String[] json = {"Content-Type", "application/fhir+json"};

        for (String path : List.of("$validate", "$meta")) {
            assertThat(writer.get("/Patient/" + id + "/" + path).statusCode())
                    .as(path)
                    .isEqualTo(403);
            assertThat(reader.get("/Patient/" + id + "/" + path).statusCode())
                    .as(path)
                    .isEqualTo(200);
        }
        for (String operation : List.of("$meta-add", "$meta-delete")) {
            assertThat(writer.send("POST", "/Patient/" + id + "/" + operation, meta, json)
                            .statusCode())
                    .as(operation)
                    .isEqualTo(403);
        }
        HttpResponse<String> validated = writer.send("POST", "/Patient/$validate", patient(""), json);
        assertThat(validated.statusCode()).as(validated.body()).isEqualTo(200);
    }

    @Test
    default void whoMayDeleteMayNothingElse() {
        String id = existing("Patient");
        ExportClient client = group().testClient("system/Patient.d");

        assertThat(client.get("/Patient/" + id).statusCode()).isEqualTo(403);
        assertThat(put(client, "/Patient/" + id, patient(id)).statusCode()).isEqualTo(403);
        assertShowsNothing(put(client, "/Patient/" + id + "x", patient(id + "x")), 403);
        HttpResponse<String> deleted = client.send("DELETE", "/Patient/" + id, "");
        assertThat(deleted.statusCode()).isIn(200, 204);
        assertThat(deleted.body()).doesNotContain(SECRET);
    }

    @Test
    default void whatCountsAllResourcesNeedsTheRightToSearchAll() {
        for (String url : List.of("/_history", "/_history?_summary=count")) {
            assertThat(group().testClient("system/Patient.rs").get(url).statusCode())
                    .as(url)
                    .isEqualTo(403);
        }
    }

    @Test
    default void aClientThatIsLimitedToGroupsReadsInItsExportsOnly() {
        ExportClient limited = group().client(LIMITED_CLIENT, "system/*.cruds");
        String id = existing("Patient");

        for (String url : List.of(
                "/Patient",
                "/Patient?_id=" + id,
                "/Patient/" + id,
                "/Patient/" + id + "/_history",
                "/Patient/" + id + "/_history/1",
                "/Patient/" + id + "/$everything",
                "/Patient/$everything",
                "/Patient/" + id + "/$meta",
                "/Observation?patient=" + id,
                "/Group/example-group",
                "/_history")) {
            assertOutcome(limited.get(url), 403, "forbidden");
        }
        assertShowsNothing(limited.send("POST", "/Patient", patient(""), "Content-Type", "application/fhir+json"), 201);
        assertThat(put(
                                limited,
                                "/Group/example-group",
                                "{\"resourceType\":\"Group\",\"id\":\"example-group\",\"type\":\"person\","
                                        + "\"actual\":true}")
                        .statusCode())
                .isEqualTo(403);
        assertThat(limited.get("/metadata").statusCode()).isEqualTo(200);
        assertThat(group().client("un" + LIMITED_CLIENT, ALL_TYPES)
                        .get("/Patient/" + id)
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    default void theServersOwnIdsCannotBeGuessed() {
        for (String body : List.of("{\"resourceType\":\"Binary\",\"contentType\":\"text/plain\"}", patient(""))) {
            String type = body.contains("Binary") ? "Binary" : "Patient";
            HttpResponse<String> created = group().testClient("system/*.cruds")
                    .send("POST", "/" + type, body, "Content-Type", "application/fhir+json");

            assertThat(created.headers().firstValue("Location").orElseThrow())
                    .matches(".*/" + type + "/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/_history/1");
        }
    }

    /** The plugin's own doors are in {@link RequestBodyContract}. */
    @Test
    default void nobodysBodyIsWaitedForAnywhere() {
        for (List<String> head : RequestBodyContract.heads()) {
            for (String target : List.of(
                    "/fhir",
                    "/fhir/Patient",
                    "/fhir/Patient/_search",
                    "/fhir/Patient?_format=json",
                    "/fhir/Patient/_search?_format=json",
                    "/fhir/Patient/$validate",
                    "/fhir/Binary?x=y")) {
                RawRequest.Answer answer = new RawRequest(
                                "POST",
                                target,
                                Stream.concat(head.stream(), Stream.of("Connection: keep-alive"))
                                        .toList(),
                                "")
                        .sendTo(group().server().port());

                assertThat(answer.status()).as(target + head).isEqualTo(401);
                assertThat(RawRequest.lines(answer)).as(target + head).contains("Connection: close");
            }
        }
        for (String method : List.of("PUT", "PATCH")) {
            for (List<String> head : RequestBodyContract.heads()) {
                RawRequest.Answer answer = new RawRequest(method, "/fhir/Patient/x", head, "")
                        .sendTo(group().server().port());

                assertThat(answer.status()).as(method + head).isEqualTo(401);
            }
        }
    }

    @Test
    default void aLargeResourceIsTakenInGzipToo() {
        String large = "{\"resourceType\":\"Binary\",\"contentType\":\"text/plain\",\"data\":\""
                + "AAAA".repeat(1 << 20) + "\"}";

        RawRequest.Answer answer = new RawRequest(
                        "POST",
                        "/fhir/Binary",
                        List.of(RequestBodyContract.JSON, RequestBodyContract.GZIP),
                        RequestBodyContract.gzip(large))
                .by(group().testClient("system/Binary.c"))
                .sendTo(group().server().port());

        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        assertThat(answer.body()).isEmpty();
    }

    /** Blanks are no fault of JSON, and a thousand times as many as are sent. */
    @Test
    default void aBombIsTooLongThoughItIsWithinTheLimit() {
        String bomb = RequestBodyContract.gzip("{\"resourceType\":\"Patient\"" + " ".repeat(40 << 20) + "}");

        RawRequest.Answer answer = new RawRequest(
                        "POST", "/fhir/Patient", List.of(RequestBodyContract.JSON, RequestBodyContract.GZIP), bomb)
                .by(group().testClient("system/*.cruds"))
                .sendTo(group().server().port());

        assertThat(answer.status()).as(answer.body()).isEqualTo(413);
        assertThat(answer.body())
                .contains("\"code\":\"too-long\"", "more than 100 times as many as were sent")
                .doesNotContain("may have");
    }

    @Test
    default void aBombIsTooLong() {
        String longOne = RequestBodyContract.gzip("a".repeat((100 << 20) + 1));
        String ofManyElements = RequestBodyContract.gzip(
                "{\"resourceType\":\"Parameters\",\"parameter\":[" + "{},".repeat(16 << 20) + "{}]}");
        for (String bomb : List.of(longOne, ofManyElements)) {
            for (String target : List.of("/fhir/Patient", "/fhir")) {
                RawRequest.Answer answer = new RawRequest(
                                "POST", target, List.of(RequestBodyContract.JSON, RequestBodyContract.GZIP), bomb)
                        .by(group().testClient("system/*.cruds"))
                        .sendTo(group().server().port());

                assertThat(answer.status()).as(target + answer.body()).isEqualTo(413);
                assertThat(answer.body()).contains("\"code\":\"too-long\"");
            }
        }
        RawRequest.Answer encoded = new RawRequest(
                        "POST", "/fhir/Patient", List.of(RequestBodyContract.JSON, "Content-Encoding: br"), "{}")
                .by(group().testClient("system/*.cruds"))
                .sendTo(group().server().port());
        assertThat(encoded.status()).isEqualTo(415);
    }

    /**
     * Its bodies do not end, so that they keep what room they have; those that are sent to see are no resources. They
     * are in gzip, so that they have been sent before they are refused: who sends on when the connection ends may not
     * read the answer.
     */
    @Test
    default void theBodiesOfOneClientLeaveRoomForThoseOfOthers() throws IOException, InterruptedException {
        ExportClient greedy = group().testClient("system/Binary.c");
        int port = group().server().port();
        long half = Runtime.getRuntime().maxMemory() / 16;
        int bodies = (int) Math.min((half >> 26) + 1, 15);
        int length = (int) (half / bodies) - (256 << 10);
        RawRequest large = new RawRequest(
                "POST",
                "/fhir/Binary",
                List.of(RequestBodyContract.JSON, RequestBodyContract.GZIP),
                RequestBodyContract.gzip(" ".repeat(4 << 20)));
        List<Socket> connections = new ArrayList<>();
        try {
            List<Thread> sending = new ArrayList<>();
            for (int i = 0; i < bodies; i++) {
                Socket connection = new Socket(InetAddress.getLoopbackAddress(), port);
                connections.add(connection);
                byte[] head = new RawRequest(
                                "POST",
                                "/fhir/Binary",
                                List.of(RequestBodyContract.JSON, "Content-Length: " + (length + 1)),
                                "")
                        .by(greedy)
                        .bytes(port);
                Thread thread = new Thread(() -> sendAllButTheLast(connection, head, length));
                sending.add(thread);
                thread.start();
            }
            for (Thread thread : sending) {
                thread.join();
            }
            Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
                RawRequest.Answer refused = large.by(greedy).sendTo(port);
                assertThat(refused.status()).as(refused.body()).isEqualTo(429);
                assertThat(refused.body()).contains("\"code\":\"throttled\"");
                assertThat(RawRequest.lines(refused)).contains("Retry-After: 1");
            });

            RawRequest.Answer polite =
                    large.by(group().client("polite-client", "system/Binary.c")).sendTo(port);

            assertThat(polite.status()).as(polite.body()).isEqualTo(400);
        } finally {
            for (Socket connection : connections) {
                connection.close();
            }
        }
    }

    private static void sendAllButTheLast(Socket connection, byte[] head, int length) {
        try {
            byte[] body = new byte[length];
            Arrays.fill(body, (byte) ' ');
            connection.getOutputStream().write(head);
            connection.getOutputStream().write(body);
        } catch (IOException e) {
            // the test has ended
        }
    }

    /** Tomcat itself would wait for the rest of what is refused. */
    @Test
    default void theSlowBodiesOfOneClientDoNotHoldAllThreads() throws IOException {
        ExportClient slow = group().client("slow-sender", ALL_TYPES);
        ExportClient other = group().client("fast-sender", ALL_TYPES);
        int port = group().server().port();
        RawRequest whole = new RawRequest(
                "POST", "/fhir/$export", List.of(RequestBodyContract.JSON, "Prefer: respond-async"), "no resource");
        List<Socket> connections = new ArrayList<>();
        try {
            for (int i = 0; i < 200; i++) {
                Socket connection = new Socket(InetAddress.getLoopbackAddress(), port);
                connections.add(connection);
                connection
                        .getOutputStream()
                        .write(whole.with("Content-Length: 100").by(slow).bytes(port));
            }
            Awaitility.await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
                RawRequest.Answer refused = whole.by(slow).sendTo(port);
                assertThat(refused.status()).isEqualTo(429);
                assertThat(refused.body()).contains("\"code\":\"throttled\"", "16 bodies of one client at once");
                assertThat(RawRequest.lines(refused)).contains("Retry-After: 5", "Connection: close");
            });

            assertThat(whole.by(other).sendTo(port).status()).isEqualTo(400);
        } finally {
            for (Socket connection : connections) {
                connection.close();
            }
        }
        Awaitility.await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(
                        whole.by(slow).sendTo(port).status())
                .isEqualTo(400));
    }

    @Test
    default void aSearchByFormIsStillOne() {
        String id = existing("Patient");
        for (String target : List.of("/Patient/_search", "/Patient/_search?_format=json")) {
            HttpResponse<String> found = group().owner()
                    .send("POST", target, "_id=" + id, "Content-Type", "application/x-www-form-urlencoded");

            assertThat(found.statusCode()).as(found.body()).isEqualTo(200);
            assertThat(found.body()).contains("\"total\":1", id);
        }
    }
}
