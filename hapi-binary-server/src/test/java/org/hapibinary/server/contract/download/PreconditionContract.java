/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.RawRequest.lines;

import org.hapibinary.server.client.RawRequest;
import org.hapibinary.server.client.RawRequest.Answer;
import org.hapibinary.server.host.WithExportedGroup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Conditional downloads (RFC 9110 §13), as they go over the wire. */
public interface PreconditionContract extends WithExportedGroup {

    String PAST = "Sun, 06 Nov 1994 08:49:37 GMT";
    String FUTURE = "Fri, 06 Nov 2076 08:49:37 GMT";

    private Answer with(String conditions) {
        return group().download(
                        conditions.replace("ETAG", group().patientsEtag()).split("\\|"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "If-None-Match: ETAG; 304",
                "If-None-Match: W/ETAG; 304",
                "If-None-Match: \"other\", ETAG; 304",
                "If-None-Match: \"other\"|If-None-Match: ETAG; 304",
                "If-None-Match: *; 304",
                "If-None-Match: \"other\"; 200",
                "If-Modified-Since: " + FUTURE + "; 304",
                "If-Modified-Since: " + PAST + "; 200",
                "If-Modified-Since: yesterday; 200",
                "If-None-Match: \"other\"|If-Modified-Since: " + FUTURE + "; 200",
                "If-Match: ETAG; 200",
                "If-Match: *; 200",
                "If-Match: \"other\", ETAG; 200",
                "If-Match: \"other\"; 412",
                "If-Match: W/ETAG; 412",
                "If-Unmodified-Since: " + PAST + "; 412",
                "If-Unmodified-Since: " + FUTURE + "; 200",
                "If-Match: ETAG|If-Unmodified-Since: " + PAST + "; 200",
                "If-Match: \"other\"|If-None-Match: ETAG; 412",
                "If-Match: ETAG|If-None-Match: ETAG; 304",
                "If-None-Match: ETAG|Range: bytes=0-4; 304",
                "If-Match: \"other\"|Range: bytes=0-4; 412",
                "If-Match: ETAG|Range: bytes=0-4; 206",
                "If-None-Match: ETAG|Range: bytes=99999999-; 304"
            })
    default void conditionsAreJudgedInTheOrderOfTheRfc(String conditions, int status) {
        assertThat(with(conditions).status()).isEqualTo(status);
    }

    @Test
    default void a304HasTheValidatorsAndNothingOfTheContent() {
        Answer answer = with("If-None-Match: ETAG");

        assertThat(lines(answer))
                .contains(
                        "ETag: " + group().patientsEtag(),
                        "Vary: Accept-Encoding",
                        "Cache-Control: private, no-store, no-transform")
                .anyMatch(line -> line.startsWith("Last-Modified: "))
                .noneMatch(line -> line.startsWith("Content-"));
        assertThat(answer.body()).isEmpty();
    }

    @Test
    default void a412IsAnOutcome() {
        Answer answer = with("If-Match: \"other\"");

        assertThat(lines(answer)).contains("Content-Type: application/fhir+json;charset=utf-8");
        assertThat(answer.body()).contains("\"code\":\"conflict\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"If-None-Match: *", "If-Match: \"other\"", "If-Unmodified-Since: " + PAST, "Range: bytes=0-4"})
    default void authorizationIsDecidedBeforeAnyCondition(String condition) {
        int port = group().server().port();

        assertThat(RawRequest.get(group().patientsPath())
                        .with(condition)
                        .sendTo(port)
                        .status())
                .isEqualTo(401);
        assertThat(RawRequest.get(group().patientsPath())
                        .by(group().stranger())
                        .with(condition)
                        .sendTo(port)
                        .status())
                .isEqualTo(403);
    }

    @Test
    default void aTagOfTheGzipIsNotTheTagOfTheFileAsItIs() {
        Answer gzip = group().download("Accept-Encoding: gzip");
        String gzipTag = lines(gzip).stream()
                .filter(line -> line.startsWith("ETag: "))
                .findFirst()
                .orElseThrow()
                .substring("ETag: ".length());

        assertThat(gzipTag).isNotEqualTo(group().patientsEtag()).doesNotStartWith("W/");
        assertThat(group().download("If-None-Match: " + gzipTag).status()).isEqualTo(200);
        assertThat(group().download("Accept-Encoding: gzip", "If-None-Match: " + gzipTag)
                        .status())
                .isEqualTo(304);
    }
}
