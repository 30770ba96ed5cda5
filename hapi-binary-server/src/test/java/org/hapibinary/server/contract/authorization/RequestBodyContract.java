/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.authorization;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.hapibinary.server.client.RawRequest;
import org.hapibinary.server.host.WithExportedGroup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose bodies are read at the plugin's own doors, and how large they may be, on every kind of server. */
public interface RequestBodyContract extends WithExportedGroup {

    String FORM = "Content-Type: application/x-www-form-urlencoded";
    String JSON = "Content-Type: application/fhir+json";
    String GZIP = "Content-Encoding: gzip";
    int OVER_THE_LIMIT = (1 << 20) + 1;

    /** Of requests whose bodies never come: whoever waits for one of these fails here. */
    static List<List<String>> heads() {
        List<List<String>> heads = new ArrayList<>();
        for (String type : List.of(FORM, JSON, "Content-Type: application/x-www-form-urlencoded; charset=utf-8")) {
            for (String length :
                    List.of("Content-Length: 20", "Content-Length: 5000000", "Transfer-Encoding: chunked")) {
                heads.add(List.of(type, length));
                heads.add(List.of(type, length, GZIP));
            }
        }
        return heads;
    }

    private List<String> paths() {
        String file = group().patientsBinaryPath() + "/$binary-access-read";
        return List.of(
                "/fhir/$export",
                "/fhir/Patient/$export",
                "/fhir/Patient/x/$export",
                "/fhir/Group/example-group/$export",
                "/fhir/$export-poll-status",
                "/fhir/$export-poll-status/x",
                file);
    }

    @ParameterizedTest
    @MethodSource("heads")
    default void aBodyIsNotWaitedForBeforeItIsKnownWhoSendsIt(List<String> head) {
        for (String path : paths()) {
            for (String query : List.of("?_jobId=x", "?_type=Patient&path=Binary")) {
                assertLoginRequired(path + query, head);
            }
            if (!head.get(0).startsWith(FORM)) {
                assertLoginRequired(path, head);
            }
        }
        assertLoginRequired("/fhir/%24export-poll-status?_jobId=x", head);
    }

    private void assertLoginRequired(String target, List<String> head) {
        RawRequest.Answer answer = new RawRequest("POST", target, withKeepAlive(head), "")
                .sendTo(group().server().port());

        assertThat(answer.status()).as(target + head).isEqualTo(401);
        assertThat(RawRequest.lines(answer)).as(target + head).contains("Connection: close");
        assertThat(answer.body()).startsWith("{\"resourceType\":\"OperationOutcome\"");
    }

    private static List<String> withKeepAlive(List<String> head) {
        List<String> lines = new ArrayList<>(head);
        lines.add("Connection: keep-alive");
        return lines;
    }

    @ParameterizedTest
    @ValueSource(strings = {"/fhir/Group/example-group/$export", "/fhir/$export-poll-status?_jobId=", "file"})
    default void aBodyOverTheLimitIsTooLong(String path) {
        String target = path.equals("file")
                ? group().patientsBinaryPath() + "/$binary-access-read"
                : path + (path.endsWith("=") ? group().jobId() : "");
        String large = "a".repeat(OVER_THE_LIMIT);
        List<String> types = target.contains("?") ? List.of(JSON, FORM) : List.of(JSON);
        for (String type : types) {
            assertTooLong(target, List.of(type, "Content-Length: " + OVER_THE_LIMIT), "");
            assertTooLong(target, List.of(type, "Transfer-Encoding: chunked"), chunked(large));
            assertTooLong(target, List.of(type, GZIP), gzip(large));
            assertTooLong(target, List.of(type, GZIP, "Transfer-Encoding: chunked"), chunked(gzip(large)));
        }
    }

    private void assertTooLong(String target, List<String> head, String body) {
        assertProblem(post(target, head, body), 413, "too-long");
    }

    private RawRequest.Answer post(String target, List<String> head, String body) {
        List<String> lines = new ArrayList<>(head);
        lines.add("Prefer: respond-async");
        return new RawRequest("POST", target, lines, body)
                .by(group().owner())
                .sendTo(group().server().port());
    }

    private static void assertProblem(RawRequest.Answer answer, int status, String code) {
        assertThat(answer.status()).as(answer.head() + answer.body()).isEqualTo(status);
        assertThat(answer.body()).contains("\"resourceType\":\"OperationOutcome\"", "\"code\":\"" + code + "\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"br", "deflate", "compress", "gzip, gzip", "gzip, br", "x"})
    default void anEncodingThatIsNotTakenIsNotSupported(String encoding) {
        for (String target : List.of(
                "/fhir/Group/example-group/$export",
                "/fhir/$export-poll-status?_jobId=" + group().jobId(),
                group().patientsBinaryPath() + "/$binary-access-read")) {
            RawRequest.Answer answer = post(target, List.of(JSON, "Content-Encoding: " + encoding), "{}");

            assertProblem(answer, 415, "not-supported");
            assertThat(RawRequest.lines(answer)).contains("Accept-Encoding: gzip");
        }
    }

    @Test
    default void whatIsNotInGzipIsABadRequest() {
        assertProblem(post("/fhir/Group/example-group/$export", List.of(JSON, GZIP), "{}"), 400, "invalid");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "gzip", "chunked", "gzip chunked"})
    default void aKickOffIsTakenHoweverItsBodyComes(String how) {
        String parameters = "{\"resourceType\":\"Parameters\",\"parameter\":["
                + "{\"name\":\"_type\",\"valueString\":\"Patient\"}]}";
        String body = how.contains("gzip") ? gzip(parameters) : parameters;
        List<String> head = new ArrayList<>(List.of(JSON));
        if (how.contains("gzip")) {
            head.add(GZIP);
        }
        if (how.contains("chunked")) {
            head.add("Transfer-Encoding: chunked");
            body = chunked(body);
        }

        RawRequest.Answer answer = post("/fhir/Group/example-group/$export", head, body);

        assertThat(answer.status()).as(answer.head() + answer.body()).isEqualTo(202);
    }

    @Test
    default void aTokenThatCoversNothingIsRefusedBeforeItsBody() {
        RawRequest.Answer answer = new RawRequest(
                        "POST",
                        "/fhir/Group/no-such-group/$export",
                        withKeepAlive(List.of(JSON, "Content-Length: 20", "Prefer: respond-async")),
                        "")
                .by(group().testClient("openid"))
                .sendTo(group().server().port());

        assertThat(answer.status()).isEqualTo(403);
        assertThat(RawRequest.lines(answer)).contains("Connection: close");
    }

    /** @return bytes as characters */
    static String gzip(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(text.getBytes(StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }

    /** In several chunks. */
    static String chunked(String body) {
        int size = Math.max(1, body.length() / 3);
        return IntStream.iterate(0, from -> from < body.length(), from -> from + size)
                        .mapToObj(from -> body.substring(from, Math.min(from + size, body.length())))
                        .map(chunk -> Integer.toHexString(chunk.length()) + "\r\n" + chunk + "\r\n")
                        .collect(Collectors.joining())
                + "0\r\n\r\n";
    }
}
