/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.assertOutcome;
import static org.hapibinary.server.client.Answers.headers;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.SeededFile;
import org.hapibinary.server.host.WithExportedGroup;
import org.junit.jupiter.api.Test;

/** What a browser is told about web pages of other origins (Fetch Standard, "CORS protocol"). */
public interface CrossOriginContract extends WithExportedGroup {

    /** Of the page that the server under test allows. */
    String PAGE = "https://app.example.org";

    @Test
    default void aBrowserAsksWithoutATokenWhatAPageMaySend() {
        HttpResponse<String> response = preflight(PAGE, "authorization,if-range,prefer,range");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(headers(response, "Access-Control-Allow-Origin")).containsExactly(PAGE);
        assertThat(namesIn(response, "Access-Control-Allow-Headers"))
                .containsExactlyInAnyOrder("authorization", "if-range", "prefer", "range");
        assertThat(namesIn(response, "Access-Control-Allow-Methods")).contains("get", "head", "post", "delete");
        assertThat(headers(response, "Access-Control-Max-Age")).containsExactly("3600");
        assertThat(headers(response, "Access-Control-Allow-Credentials")).isEmpty();
        assertThat(response.body()).isEmpty();
    }

    @Test
    default void aPageReadsTheHeadersOfADownload() throws IOException {
        SeededFile file = SeededFile.in(group().server(), 4096);

        HttpResponse<String> part = group().owner().get(file.path(), "Origin", PAGE, "Range", "bytes=0-9");

        assertThat(part.statusCode()).isEqualTo(206);
        assertReadableByThePage(part);
        assertThat(namesIn(part, "Access-Control-Expose-Headers"))
                .contains(
                        "accept-ranges",
                        "content-disposition",
                        "content-location",
                        "content-range",
                        "etag",
                        "expires",
                        "location",
                        "repr-digest",
                        "retry-after",
                        "www-authenticate",
                        "x-progress",
                        "x-request-id");
        assertThat(namesIn(part, "Vary")).contains("origin", "accept-encoding");
    }

    @Test
    default void aPageReadsTheRefusalsToo() throws IOException {
        SeededFile file = SeededFile.in(group().server(), 4096);
        ExportClient nobody = ExportClient.nobody(group().server().port());

        HttpResponse<String> unknown = nobody.get(file.path(), "Origin", PAGE);
        HttpResponse<String> beyond = group().owner().get(file.path(), "Origin", PAGE, "Range", "bytes=9999-");
        HttpResponse<String> wrong = group().owner().get("/$export?_type=Nothing", "Origin", PAGE);
        HttpResponse<String> elsewhere = group().owner().get("/Patient/nobody", "Origin", PAGE);

        assertOutcome(unknown, 401, "login");
        assertThat(headers(unknown, "WWW-Authenticate")).isNotEmpty();
        assertOutcome(beyond, 416, "invalid");
        assertOutcome(wrong, 400, "invalid");
        assertThat(elsewhere.statusCode()).isEqualTo(404);
        Stream.of(unknown, beyond, wrong, elsewhere).forEach(CrossOriginContract::assertReadableByThePage);
    }

    @Test
    default void aPageThatIsNotAllowedReadsNothing() throws IOException {
        SeededFile file = SeededFile.in(group().server(), 4096);
        String other = "https://evil.example.org";

        HttpResponse<String> asked = preflight(other, "authorization");
        HttpResponse<String> answered = group().owner().get(file.path(), "Origin", other);

        assertThat(asked.statusCode()).isEqualTo(403);
        assertThat(answered.statusCode()).as("as without a browser").isEqualTo(200);
        Stream.of(asked, answered).forEach(response -> assertThat(response.headers().map().keySet().stream()
                        .map(name -> name.toLowerCase(Locale.ROOT))
                        .filter(name -> name.startsWith("access-control-")))
                .isEmpty());
    }

    private HttpResponse<String> preflight(String origin, String headers) {
        return ExportClient.nobody(group().server().port())
                .send(
                        "OPTIONS",
                        "/Group/example-group/$export",
                        "",
                        "Origin",
                        origin,
                        "Access-Control-Request-Method",
                        "GET",
                        "Access-Control-Request-Headers",
                        headers);
    }

    private static void assertReadableByThePage(HttpResponse<?> response) {
        assertThat(headers(response, "Access-Control-Allow-Origin")).containsExactly(PAGE);
        assertThat(headers(response, "Access-Control-Allow-Credentials")).isEmpty();
    }

    private static List<String> namesIn(HttpResponse<?> response, String header) {
        return response.headers().allValues(header).stream()
                .flatMap(line -> Stream.of(line.split(",")))
                .map(name -> name.strip().toLowerCase(Locale.ROOT))
                .toList();
    }
}
